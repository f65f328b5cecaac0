# cmake -DPREFIX=<installed folder> -DLIBRARIES=<dirs> -P bundle.cmake
# Copies the shared libraries that the installed programs need into PREFIX/lib, except those of the
# C library, which every Linux host has in a version of its own.
file(GLOB programs ${PREFIX}/bin/* ${PREFIX}/tests/test_*)
file(GET_RUNTIME_DEPENDENCIES
  EXECUTABLES ${programs}
  LIBRARIES ${PREFIX}/lib/bench/libbench_worker.so
  RESOLVED_DEPENDENCIES_VAR found
  UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_EXCLUDE_REGEXES "^libbench_" "^(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv)\\.so.*")
if(missing)
  message(FATAL_ERROR "bundle: not found: ${missing}")
endif()
foreach(library ${found})
  file(COPY ${library} DESTINATION ${PREFIX}/lib FOLLOW_SYMLINK_CHAIN)
endforeach()
