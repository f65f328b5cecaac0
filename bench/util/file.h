/*
 * Files: whole-file reads, writes that are atomic, and folders. Paths are plain strings; every
 * error message names the path and what the system said.
 */
#ifndef BENCH_UTIL_FILE_H
#define BENCH_UTIL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

/* Reads a regular file whole; *data is NUL-terminated, the caller frees it. `max_bytes` 0 means no
 * limit. BENCH_ENOTFOUND where there is no such file. `length` may be NULL. */
int bench_file_read(const char *path, size_t max_bytes, char **data, size_t *length,
                    struct bench_err *err);

/* Readers see the old content or the new, never a part: temporary in the same folder, fsync,
 * rename, fsync of the folder. Creates missing parent folders. Keeps the mode of an existing file
 * (0644 for a new one). */
int bench_file_write_atomic(const char *path, const void *data, size_t length,
                            struct bench_err *err);

/* The same piece by piece, for what would take much memory as a whole: nothing is seen under `path`
 * before _close, which frees the writer and tells of the first thing that failed. _abandon leaves
 * all as it was. */
struct bench_file_writer;
int bench_file_writer_open(const char *path, struct bench_file_writer **writer,
                           struct bench_err *err);
void bench_file_writer_add(struct bench_file_writer *writer, const void *data, size_t length);
int bench_file_writer_close(struct bench_file_writer *writer, struct bench_err *err);
void bench_file_writer_abandon(struct bench_file_writer *writer);

bool bench_file_exists(const char *path);
bool bench_file_is_dir(const char *path);
int bench_file_mkdirs(const char *path, struct bench_err *err);
/* Deletes a file or a folder with all in it; missing is fine. Never follows symbolic links. */
int bench_file_remove_tree(const char *path, struct bench_err *err);

/* Names (not paths) in a folder, sorted bytewise, without "." and "..". Free with
 * bench_file_list_free. */
int bench_file_list(const char *dir, char ***names, size_t *count, struct bench_err *err);
void bench_file_list_free(char **names, size_t count);

/* "a" + "b" -> "a/b"; an absolute `b` is returned as it is. The caller frees. */
char *bench_path_join(const char *a, const char *b);
/* The folder part ("." if none) and the last part; the caller frees. */
char *bench_path_dirname(const char *path);
const char *bench_path_basename(const char *path);

/* Full path of the running program; the caller frees. NULL if the system does not tell. */
char *bench_path_self(void);

/* Finds a folder of the installation by name ("kernels", "configs", "include", "shim"): in
 * $BENCH_HOME; in <prefix>/share/bench beside the running program's bin/; in any folder above the
 * program (a build tree); in the working directory. The caller frees. BENCH_ENOTFOUND lists where
 * it looked. */
int bench_path_find_home(const char *name, char **path, struct bench_err *err);

/* $XDG_CACHE_HOME/bench or ~/.cache/bench, overridden by $BENCH_CACHE; the caller frees. Without a
 * $HOME the home folder is that of the system's user database. */
char *bench_path_cache(void);

/* Appends one line (a newline is added) with a single write and fsyncs it: a result counts once
 * this returned 0. */
int bench_file_append_line(int fd, const char *path, const char *line, size_t length,
                           struct bench_err *err);

#endif
