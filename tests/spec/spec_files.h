/* Copies of the descriptions in tests/resources/spec with one thing changed. */
#ifndef TESTS_SPEC_SPEC_FILES_H
#define TESTS_SPEC_SPEC_FILES_H

#include <stddef.h>

/* Path below $BENCH_TEST_RESOURCES/spec; the caller frees. */
char *spec_resource(const char *relative);

/* A new folder with sample/sample.json, in which the first `find` is replaced by `replace`, and its
 * sources. The test fails if `find` does not occur. Remove it with spec_folder_remove. */
char *spec_folder_new(const char *find, const char *replace);
void spec_folder_remove(char *folder);

/* Writes a file into the folder; the path is the caller's to free. */
char *spec_folder_write(const char *folder, const char *name, const char *text);

/* `text` with the first `find` replaced; the caller frees. */
char *spec_replace(const char *text, const char *find, const char *replace);

/* Fails the test unless `text` contains `part`. */
void spec_expect_contains(const char *text, const char *part, const char *what);

#endif
