#include "importer/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/util/hash.h"
#include "bench/util/mem.h"

bool beneath_same(const struct beneath_state *a, const struct beneath_state *b)
{
    return a->exists == b->exists && (!a->exists || (a->mode == b->mode && a->size == b->size &&
                                                     strcmp(a->hash, b->hash) == 0));
}

const char *beneath_path_fault(const char *path)
{
    if (path[0] == '\0' || path[0] == '/') {
        return path[0] == '/' ? "is absolute" : "is empty";
    }
    if (strlen(path) >= PATH_MAX / 2) {
        return "is too long";
    }
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/' ? 1 : 0;
        size_t n = strcspn(part, "/");
        if (n == 0 || (n == 1 && part[0] == '.')) {
            return "has an empty part, or '.'";
        }
        if (n == 2 && strncmp(part, "..", 2) == 0) {
            return "leads upwards with '..'";
        }
        if (n > NAME_MAX) {
            return "has a name of more than 255 bytes";
        }
    }
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '\\') {
            return "has a control character or a backslash";
        }
    }
    return NULL;
}

void beneath_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* A system call's failure at `path`, in words. */
static int failure(const char *path, const char *what, struct bench_err *err)
{
    int cause = errno;
    if (cause == ENOENT) {
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: no such file", path);
    }
    if (cause == ENOTDIR || cause == ELOOP) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: a part of this path is a file or a symbolic link, where a folder "
                             "was expected",
                             path);
    }
    return bench_err_set(err, BENCH_ERROR, "%s: %s: %s", path, what, strerror(cause));
}

static int open_at(int dir, const char *name, int flags)
{
    int fd;
    do {
        fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* One part after the other: for kernels before 5.6, and sandboxes that do not know openat2. */
static int walk(int root, const char *path)
{
    int at = open_at(root, ".", O_RDONLY | O_DIRECTORY);
    for (size_t begin = 0; at >= 0 && path[begin] != '\0';) {
        size_t n = strcspn(path + begin, "/");
        char *part = bench_xprintf("%.*s", (int)n, path + begin);
        int next = open_at(at, part, O_RDONLY | O_DIRECTORY);
        int cause = errno;
        free(part);
        close(at);
        errno = cause;
        at = next;
        begin += path[begin + n] == '/' ? n + 1 : n;
    }
    return at;
}

static int open_folder(int root, const char *path)
{
    const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    long fd;
    do {
        fd = syscall(SYS_openat2, root, path[0] != '\0' ? path : ".", &how, sizeof(how));
    } while (fd < 0 && errno == EINTR);
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? walk(root, path) : (int)fd;
}

int beneath_open_folder(int root, const char *path, int *fd, struct bench_err *err)
{
    *fd = open_folder(root, path);
    return *fd >= 0 ? BENCH_OK : failure(path, "the folder cannot be opened", err);
}

int beneath_open_parent(int root, const char *path, int *fd, const char **name,
                        struct bench_err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = bench_xprintf("%.*s", slash != NULL ? (int)(slash - path) : 0, path);
    *name = slash != NULL ? slash + 1 : path;
    *fd = open_folder(root, folder);
    int rc = *fd >= 0 ? BENCH_OK : failure(path, "its folder cannot be opened", err);
    free(folder);
    return rc;
}

static int read_all(int fd, const char *path, size_t size, char **data, size_t *length,
                    struct bench_err *err)
{
    char *bytes = bench_xmalloc(size + 1);
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, bytes + used, size - used);
        if (n < 0 && errno != EINTR) {
            free(bytes);
            return failure(path, "cannot be read", err);
        }
        if (n == 0) { /* it shrank meanwhile */
            break;
        }
        used += n > 0 ? (size_t)n : 0;
    }
    bytes[used] = '\0';
    *data = bytes;
    *length = used;
    return BENCH_OK;
}

static int open_file(int root, const char *path, int *fd, struct bench_err *err)
{
    int dir;
    const char *name;
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc != 0) {
        return rc;
    }
    /* O_NONBLOCK: to open a pipe must not wait for its other end. */
    *fd = open_at(dir, name, O_RDONLY | O_NONBLOCK);
    rc = *fd >= 0 ? BENCH_OK
         : errno == ELOOP
             ? bench_err_set(err, BENCH_EINPUT, "%s: is a symbolic link, expected a file", path)
             : failure(path, "cannot be opened", err);
    close(dir);
    return rc;
}

int beneath_read(int root, const char *path, char **data, size_t *length, struct stat *st,
                 struct bench_err *err)
{
    int fd;
    struct stat own = {.st_size = 0};
    st = st != NULL ? st : &own;
    int rc = open_file(root, path, &fd, err);
    if (rc != 0) {
        return rc;
    }
    if (fstat(fd, st) != 0) {
        rc = failure(path, "cannot be read", err);
    } else if (!S_ISREG(st->st_mode)) {
        rc = bench_err_set(err, BENCH_EINPUT, "%s: is %s, expected a file", path,
                           S_ISDIR(st->st_mode) ? "a folder" : "no regular file");
    } else {
        rc = read_all(fd, path, (size_t)st->st_size, data, length, err);
    }
    close(fd);
    return rc;
}

static struct beneath_state state_of(const char *data, size_t length, unsigned mode)
{
    struct beneath_state state = {.exists = true, .mode = mode & 07777, .size = (int64_t)length};
    bench_hash_bytes_hex(data, length, state.hash);
    return state;
}

int beneath_look(int root, const char *path, struct beneath_state *state, struct bench_err *err)
{
    char *data = NULL;
    size_t length = 0;
    struct stat st;
    *state = (struct beneath_state){.exists = false};
    int rc = beneath_read(root, path, &data, &length, &st, err);
    if (rc == 0) {
        *state = state_of(data, length, st.st_mode);
    }
    free(data);
    return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        data += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int sync_fd(int fd)
{
    int rc;
    do {
        rc = fsync(fd);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

/* Only root may give files away; whoever else replaces a file owns the new one. The owner comes
 * before the mode, which a change of owner may reduce. */
static int make_like(int fd, const struct stat *like, bool same_time)
{
    const struct timespec times[2] = {like->st_atim, like->st_mtim};
    if (fchown(fd, like->st_uid, like->st_gid) != 0 && errno != EPERM && errno != EINVAL) {
        return -1;
    }
    if (fchmod(fd, like->st_mode & 07777) != 0) {
        return -1;
    }
    return same_time ? futimens(fd, times) : 0;
}

int beneath_write(int root, const char *path, const char *data, size_t length,
                  const struct stat *like, unsigned how, struct beneath_state *state,
                  struct bench_err *err)
{
    int dir;
    const char *name;
    struct stat st = {.st_size = 0};
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc != 0) {
        return rc;
    }
    int fd = open_at(dir, name, O_WRONLY | O_CREAT | O_EXCL);
    close(dir);
    if (fd < 0) {
        return failure(path, "cannot be made", err);
    }
    bool done = write_all(fd, data, length) == 0 &&
                (like == NULL || make_like(fd, like, (how & BENEATH_SAME_TIME) != 0) == 0) &&
                ((how & BENEATH_SYNC) == 0 || sync_fd(fd) == 0) && fstat(fd, &st) == 0;
    if (!done) {
        rc = failure(path, "cannot be written", err);
    }
    /* EINTR: Linux has closed it all the same, and it is synced. */
    if (close(fd) != 0 && errno != EINTR && rc == 0) {
        rc = failure(path, "cannot be written", err);
    }
    if (rc == 0 && state != NULL) {
        *state = state_of(data, length, st.st_mode);
    }
    return rc;
}

int beneath_make_folder(int root, const char *path, struct bench_err *err)
{
    int dir;
    const char *name;
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc != 0) {
        return rc;
    }
    if (mkdirat(dir, name, 0777) != 0 && errno != EEXIST) {
        rc = failure(path, "the folder cannot be made", err);
    }
    close(dir);
    return rc;
}

int beneath_sync_folder(int root, const char *path, struct bench_err *err)
{
    int fd;
    int rc = beneath_open_folder(root, path, &fd, err);
    if (rc != 0) {
        return rc;
    }
    /* EINVAL: this file system cannot sync folders. */
    if (sync_fd(fd) != 0 && errno != EINVAL) {
        rc = failure(path, "cannot be synced", err);
    }
    close(fd);
    return rc;
}

static int remove_at(int dir, const char *name, const char *shown, struct bench_err *err);

/* Deletes what is in a folder; takes `fd`. */
static int empty_folder(int fd, const char *shown, struct bench_err *err)
{
    int rc = BENCH_OK;
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        close(fd);
        return failure(shown, "cannot be listed", err);
    }
    for (struct dirent *e = readdir(stream); rc == 0 && e != NULL; e = readdir(stream)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            char *below = bench_xprintf("%s/%s", shown, e->d_name);
            rc = remove_at(fd, e->d_name, below, err);
            free(below);
        }
    }
    closedir(stream);
    return rc;
}

static int remove_at(int dir, const char *name, const char *shown, struct bench_err *err)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
        return BENCH_OK;
    }
    if (errno != EISDIR && errno != EPERM) { /* POSIX says EPERM of a folder */
        return failure(shown, "cannot be deleted", err);
    }
    int fd = open_at(dir, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return failure(shown, "cannot be deleted", err);
    }
    int rc = empty_folder(fd, shown, err);
    if (rc == 0 && unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        rc = failure(shown, "cannot be deleted", err);
    }
    return rc;
}

int beneath_remove(int root, const char *path, struct bench_err *err)
{
    int dir;
    const char *name;
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc == 0) {
        rc = remove_at(dir, name, path, err);
        close(dir);
    }
    return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
}

int beneath_exists(int root, const char *path, bool *exists, struct bench_err *err)
{
    int dir;
    const char *name;
    struct stat st;
    *exists = false;
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc == 0) {
        *exists = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        rc = *exists ? BENCH_OK : failure(path, "cannot be looked at", err);
        close(dir);
    }
    return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
}
