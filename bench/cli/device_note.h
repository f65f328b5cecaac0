/* What `bench select` and `bench import` say of times that were not taken on a GPU. */
#ifndef BENCH_CLI_DEVICE_NOTE_H
#define BENCH_CLI_DEVICE_NOTE_H

/* Prints a note to standard error unless `kind` is "cuda" or NULL (not told). `device` may be NULL.
 */
void bench_device_note_print(const char *command, const char *kind, const char *device);

#endif
