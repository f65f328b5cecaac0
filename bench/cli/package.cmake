# Before the package is built: manual pages as Debian has them, compressed, and without the time.
file(GLOB pages "${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man1/*.1")
if(NOT pages)
  message(FATAL_ERROR "${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man1 has no pages")
endif()
execute_process(COMMAND gzip -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
