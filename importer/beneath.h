/*
 * Files below an open folder, by relative paths. No part of a path is followed if it is a symbolic
 * link: whoever swaps a folder for a link while an import runs gets a refusal instead of a write
 * somewhere else (openat2; part by part where the kernel does not have it). Paths are "a/b/c",
 * without empty parts, "." and "..".
 *
 * Codes: BENCH_ENOTFOUND where a part does not exist, BENCH_EINPUT where it is of the wrong kind (a
 * folder, a link), BENCH_ERROR for what the system refused. Messages begin with the path.
 */
#ifndef BENCH_IMPORTER_BENEATH_H
#define BENCH_IMPORTER_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "bench/util/err.h"

/* What can be compared of a file: its bytes (by hash) and its mode. All zero: there is none. */
struct beneath_state {
    bool exists;
    unsigned mode; /* permission bits */
    int64_t size;
    char hash[33]; /* bench_hash_bytes_hex */
};

bool beneath_same(const struct beneath_state *a, const struct beneath_state *b);

/* What is wrong with `path` as one that leads from a folder to a file below it ("is absolute"), or
 * NULL. */
const char *beneath_path_fault(const char *path);

/* Opens a folder ("" is `root` itself); the caller closes *fd. */
int beneath_open_folder(int root, const char *path, int *fd, struct bench_err *err);
/* Opens the folder that holds the file; *name is the last part of `path`. The caller closes *fd. */
int beneath_open_parent(int root, const char *path, int *fd, const char **name,
                        struct bench_err *err);

/* Bytes of a regular file, NUL-terminated (the caller frees), and what the system says of it; `st`
 * may be NULL. */
int beneath_read(int root, const char *path, char **data, size_t *length, struct stat *st,
                 struct bench_err *err);
/* Of no file, too: BENCH_OK, and it does not exist. */
int beneath_look(int root, const char *path, struct beneath_state *state, struct bench_err *err);

/* How beneath_write makes a file. */
#define BENEATH_SYNC 1U      /* it is on the disk when the call returns */
#define BENEATH_SAME_TIME 2U /* the time of the last change is that of `like` */

/* Makes a file that must not exist. Owner and mode are those of `like`; where that is NULL, those
 * of any new file. `state` (may be NULL) is what was made. */
int beneath_write(int root, const char *path, const char *data, size_t length,
                  const struct stat *like, unsigned how, struct beneath_state *state,
                  struct bench_err *err);

/* Makes a folder; fine if it exists. */
int beneath_make_folder(int root, const char *path, struct bench_err *err);
/* Syncs a folder: what was renamed, made and deleted in it lasts. */
int beneath_sync_folder(int root, const char *path, struct bench_err *err);
/* Deletes a file or a folder with all in it; fine if there is none. */
int beneath_remove(int root, const char *path, struct bench_err *err);
/* *exists: whatever it is, a link that leads nowhere too. */
int beneath_exists(int root, const char *path, bool *exists, struct bench_err *err);

/* Closes a descriptor that may be -1. */
void beneath_close(int fd);

#endif
