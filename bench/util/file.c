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
    char *buffer = bench_xmalloc(size + 1);
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
        rc = bench_err_set(err, BENCH_ERROR, "%s: exists and is no folder", path);
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

/* A pipe or a terminal ("/dev/stdout") cannot be replaced, only written to. */
static int write_special(const char *path, const void *data, size_t length, struct bench_err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return bench_err_set(err, BENCH_ERROR, "%s: cannot be opened for writing: %s", path,
                             strerror(errno));
    int rc = write_all(fd, data, length);
    if (rc != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be written: %s", path, strerror(errno));
    close(fd);
    return rc;
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

static int replace_file(const char *path, const char *dir, mode_t mode, const void *data,
                        size_t length, struct bench_err *err)
{
    char *temporary = bench_xprintf("%s/.%s.XXXXXX", dir, bench_path_basename(path));
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        int rc = bench_err_set(err, BENCH_ERROR, "%s: no file can be made in that folder: %s", path,
                               strerror(errno));
        free(temporary);
        return rc;
    }
    bool failed = write_all(fd, data, length) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0;
    int cause = errno;
    if (close(fd) != 0 && !failed) {
        failed = true;
        cause = errno;
    }
    if (!failed && rename(temporary, path) != 0) {
        failed = true;
        cause = errno;
    }
    int rc = BENCH_OK;
    if (failed) {
        unlink(temporary);
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be written: %s", path, strerror(cause));
    } else {
        sync_folder(dir);
    }
    free(temporary);
    return rc;
}

int bench_file_write_atomic(const char *path, const void *data, size_t length,
                            struct bench_err *err)
{
    struct stat st;
    mode_t mode = 0644;
    char *target = NULL;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return bench_err_set(err, BENCH_ERROR, "%s: is a folder, expected a file", path);
        if (!S_ISREG(st.st_mode))
            return write_special(path, data, length, err);
        mode = st.st_mode & 07777;
        /* Behind a symbolic link, the file is replaced, not the link. */
        target = realpath(path, NULL);
    }
    if (!target)
        target = bench_xstrdup(path);

    char *dir = bench_path_dirname(target);
    int rc = bench_file_mkdirs(dir, err);
    if (rc == BENCH_OK)
        rc = replace_file(target, dir, mode, data, length, err);
    free(dir);
    free(target);
    return rc;
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
