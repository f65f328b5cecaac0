#include "bench/util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/util/mem.h"

static int read_open_file(int fd, const char *path, size_t size, char **data, size_t *length,
                          struct bench_err *err)
{
    char *buffer = bench_xmalloc_large(size + 1);
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, buffer + used, size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int rc =
                bench_err_set(err, BENCH_ERROR, "%s: cannot be read: %s", path, strerror(errno));
            free(buffer);
            return rc;
        }
        if (n == 0) /* it shrank while being read */
            break;
        used += (size_t)n;
    }
    buffer[used] = '\0';
    *data = buffer;
    if (length)
        *length = used;
    return BENCH_OK;
}

int bench_file_read(const char *path, size_t max_bytes, char **data, size_t *length,
                    struct bench_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return bench_err_set(err, missing ? BENCH_ENOTFOUND : BENCH_ERROR, "%s: %s", path,
                             missing ? "no such file" : strerror(errno));
    }

    int rc = BENCH_OK;
    struct stat st;
    if (fstat(fd, &st) != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = bench_err_set(err, BENCH_EINPUT, "%s: is %s, expected a file", path,
                           S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    else if (max_bytes && (uintmax_t)st.st_size > max_bytes)
        rc = bench_err_set(err, BENCH_EINPUT, "%s: is too large: %jd bytes, at most %zu are read",
                           path, (intmax_t)st.st_size, max_bytes);
    else
        rc = read_open_file(fd, path, (size_t)st.st_size, data, length, err);
    close(fd);
    return rc;
}

bool bench_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool bench_file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int bench_file_mkdirs(const char *path, struct bench_err *err)
{
    char *copy = bench_xstrdup(path);
    int rc = BENCH_OK;
    for (char *p = copy + 1; copy[0] != '\0'; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            rc = bench_err_set(err, BENCH_ERROR, "%s: the folder cannot be made: %s", copy,
                               strerror(errno));
            break;
        }
        *p = end;
        if (end == '\0')
            break;
    }
    if (rc == BENCH_OK && copy[0] != '\0' && !bench_file_is_dir(path))
        rc = bench_err_set(err, BENCH_ERROR,
                           "%s: exists and is no folder; move it away, or name another folder",
                           path);
    free(copy);
    return rc;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

static void sync_folder(const char *dir)
{
    /* Some file systems cannot sync a folder; the rename is atomic without it all the same. */
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

struct bench_file_writer {
    int fd;
    int cause;       /* errno of the first write that failed, 0 if none did */
    mode_t mode;     /* of the file to be */
    char *path;      /* as given, for messages */
    char *target;    /* what is replaced; NULL where that cannot be done */
    char *temporary; /* NULL likewise */
};

static int open_special(struct bench_file_writer *w, struct bench_err *err)
{
    w->fd = open(w->path, O_WRONLY | O_CLOEXEC);
    return w->fd >= 0 ? BENCH_OK
                      : bench_err_set(err, BENCH_ERROR, "%s: cannot be opened for writing: %s",
                                      w->path, strerror(errno));
}

static int open_temporary(struct bench_file_writer *w, struct bench_err *err)
{
    char *dir = bench_path_dirname(w->target);
    int rc = bench_file_mkdirs(dir, err);
    if (rc == BENCH_OK) {
        w->temporary = bench_xprintf("%s/.%s.XXXXXX", dir, bench_path_basename(w->target));
        w->fd = mkostemp(w->temporary, O_CLOEXEC);
        if (w->fd < 0)
            rc = bench_err_set(err, BENCH_ERROR, "%s: no file can be made in that folder: %s",
                               w->target, strerror(errno));
    }
    free(dir);
    return rc;
}

int bench_file_writer_open(const char *path, struct bench_file_writer **writer,
                           struct bench_err *err)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (there && S_ISDIR(st.st_mode)) {
        bench_err_set(err, BENCH_ERROR, "%s: is a folder, expected a file", path);
        return BENCH_ERROR;
    }
    struct bench_file_writer *w = bench_xcalloc(1, sizeof(*w));
    *w = (struct bench_file_writer){.fd = -1, .mode = 0644, .path = bench_xstrdup(path)};
    int rc;
    *writer = NULL;
    if (there && !S_ISREG(st.st_mode)) {
        /* A pipe or a terminal ("/dev/stdout") cannot be replaced, only written to. */
        rc = open_special(w, err);
    } else {
        /* Behind a symbolic link, the file is replaced, not the link. */
        w->mode = there ? st.st_mode & 07777 : w->mode;
        w->target = there ? realpath(path, NULL) : NULL;
        w->target = w->target ? w->target : bench_xstrdup(path);
        rc = open_temporary(w, err);
    }
    if (rc != BENCH_OK) {
        bench_file_writer_abandon(w);
        return rc;
    }
    *writer = w;
    return BENCH_OK;
}

void bench_file_writer_add(struct bench_file_writer *w, const void *data, size_t length)
{
    if (!w->cause && write_all(w->fd, data, length) != 0)
        w->cause = errno;
}

void bench_file_writer_abandon(struct bench_file_writer *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        if (w->temporary)
            unlink(w->temporary);
    }
    free(w->path);
    free(w->target);
    free(w->temporary);
    free(w);
}

/* The content to the disk, then the new name. */
static void put_in_place(struct bench_file_writer *w)
{
    if (!w->cause && (fchmod(w->fd, w->mode) != 0 || fsync(w->fd) != 0))
        w->cause = errno;
    int fd = w->fd;
    w->fd = -1;
    if (close(fd) != 0 && !w->cause)
        w->cause = errno;
    if (!w->cause && rename(w->temporary, w->target) != 0)
        w->cause = errno;
    if (w->cause) {
        unlink(w->temporary);
        return;
    }
    char *dir = bench_path_dirname(w->target);
    sync_folder(dir);
    free(dir);
}

int bench_file_writer_close(struct bench_file_writer *w, struct bench_err *err)
{
    if (w->temporary)
        put_in_place(w);
    int rc = BENCH_OK;
    if (w->cause)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be written: %s",
                           w->target ? w->target : w->path, strerror(w->cause));
    bench_file_writer_abandon(w);
    return rc;
}

int bench_file_write_atomic(const char *path, const void *data, size_t length,
                            struct bench_err *err)
{
    struct bench_file_writer *w;
    int rc = bench_file_writer_open(path, &w, err);
    if (rc != BENCH_OK)
        return rc;
    bench_file_writer_add(w, data, length);
    return bench_file_writer_close(w, err);
}

int bench_file_append_line(int fd, const char *path, const char *line, size_t length,
                           struct bench_err *err)
{
    char newline = '\n';
    struct iovec parts[2] = {{NULL, length}, {&newline, 1}};
    memcpy(&parts[0].iov_base, &line, sizeof(line)); /* const, which iovec has no word for */
    ssize_t n;
    do
        n = writev(fd, parts, 2);
    while (n < 0 && errno == EINTR);

    /* A short write means a full disk or a limit: the rest tells which. */
    bool failed = n < 0;
    if (!failed && (size_t)n < length)
        failed = write_all(fd, line + n, length - (size_t)n) != 0 || write_all(fd, "\n", 1) != 0;
    else if (!failed && (size_t)n == length)
        failed = write_all(fd, "\n", 1) != 0;
    /* EINVAL: a pipe, which needs no syncing. */
    if (!failed && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        failed = true;
    if (failed)
        return bench_err_set(err, BENCH_ERROR, "%s: a line cannot be written: %s", path,
                             strerror(errno));
    return BENCH_OK;
}
