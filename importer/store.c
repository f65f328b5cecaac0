#include "importer/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/beneath.h"

#define IN_GIT "bench-import"
#define IN_TREE ".bench-import"
/* What a .gitignore says that hides its folder, itself included. */
#define IGNORE_ALL "*\n"

static int open_folder_at(int dir, const char *name, int flags)
{
    int fd;
    do {
        fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Mounts are told apart by their ids: a bind mount of the same file system has the same st_dev, and
 * nothing can be renamed across. */
static bool same_mount(int a, int b)
{
    struct statx x = {.stx_mask = 0};
    struct statx y = {.stx_mask = 0};
    if (statx(a, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &x) != 0 ||
        statx(b, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &y) != 0) {
        return false;
    }
    bool with_ids = (x.stx_mask & y.stx_mask & STATX_MNT_ID) != 0;
    return x.stx_dev_major == y.stx_dev_major && x.stx_dev_minor == y.stx_dev_minor &&
           (!with_ids || x.stx_mnt_id == y.stx_mnt_id);
}

bool import_store_reaches(const struct import_store *store, int folder)
{
    return same_mount(store->fd, folder);
}

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, 0) == 0;
}

/* What git itself asks of a git folder. */
static bool is_git_folder(int fd)
{
    return has(fd, "HEAD") && (has(fd, "objects") || has(fd, "commondir"));
}

/* The folder that a worktree's or a submodule's .git file names ("gitdir: ../x"); -1 if none. */
static int follow_git_file(int root, const char *tree, char **path)
{
    char *text = NULL;
    size_t length;
    static const char key[] = "gitdir: ";
    if (beneath_read(root, ".git", &text, &length, NULL, NULL) != 0) {
        return -1;
    }
    text[strcspn(text, "\r\n")] = '\0';
    int fd = -1;
    if (strncmp(text, key, strlen(key)) == 0) {
        fd = open_folder_at(root, text + strlen(key), 0);
        *path = bench_path_join(tree, text + strlen(key));
    }
    free(text);
    return fd;
}

/* That it is no folder of ours to use; anything else (EIO, no memory) says nothing about it. */
static bool is_absence(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EACCES ||
           error == EPERM;
}

/* The tree's git folder, if files can be moved between it and the tree; -1 if there is none. *error
 * is not 0 if that could not be found out: another store than last time would know nothing of that
 * time's lock and journal. */
static int open_git_folder(int root, const char *tree, char **path, int *error)
{
    int fd = open_folder_at(root, ".git", O_NOFOLLOW);
    *error = fd < 0 && !is_absence(errno) ? errno : 0;
    if (fd >= 0) {
        *path = bench_path_join(tree, ".git");
    } else if (*error == 0) {
        fd = follow_git_file(root, tree, path);
    }
    if (fd >= 0 && !(is_git_folder(fd) && same_mount(fd, root))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int import_store_find(int root, const char *tree, struct import_store *store, struct bench_err *err)
{
    char *git = NULL;
    int error = 0;
    *store = (struct import_store){
        .root = root, .parent = -1, .fd = -1, .lock = -1, .name = IN_TREE, .in_tree = true};
    /* Once begun in the tree it stays there, although the tree became a git checkout since. */
    if (!has(root, IN_TREE)) {
        store->parent = open_git_folder(root, tree, &git, &error);
    }
    if (error != 0) {
        return bench_err_set(err, BENCH_ERROR,
                             "%s/.git cannot be opened: %s; imports keep their journal in it", tree,
                             strerror(error));
    }
    if (store->parent >= 0) {
        store->in_tree = false;
        store->name = IN_GIT;
    } else {
        store->parent = open_folder_at(root, ".", 0);
    }
    store->path = bench_path_join(store->in_tree ? tree : git, store->name);
    free(git);
    store->fd = store->parent >= 0 ? open_folder_at(store->parent, store->name, O_NOFOLLOW) : -1;
    if (store->fd < 0 && errno != ENOENT) {
        int rc = bench_err_set(err, BENCH_ERROR,
                               "%s: imports keep their journal in this folder, and it cannot be "
                               "opened: %s",
                               store->path, strerror(errno));
        import_store_close(store);
        return rc;
    }
    return BENCH_OK;
}

static int make(struct import_store *store, struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    int rc = beneath_make_folder(store->parent, store->name, &why);
    if (rc == 0) {
        store->fd = open_folder_at(store->parent, store->name, O_NOFOLLOW);
        rc = store->fd >= 0 ? beneath_sync_folder(store->parent, "", &why)
                            : bench_err_set(&why, BENCH_ERROR, "%s", strerror(errno));
    }
    if (rc == 0 && store->in_tree && !has(store->fd, ".gitignore")) {
        rc = beneath_write(store->fd, ".gitignore", IGNORE_ALL, strlen(IGNORE_ALL), NULL, 0, NULL,
                           &why);
    }
    return rc == 0 ? BENCH_OK
                   : bench_err_set(err, BENCH_ERROR,
                                   "nothing was written: imports keep their journal in %s, and "
                                   "that folder cannot be made: %s",
                                   store->path, why.message);
}

static int report_holder(const struct import_store *store, struct bench_err *err)
{
    char holder[200] = "";
    ssize_t n = pread(store->lock, holder, sizeof(holder) - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return bench_err_set(err, BENCH_ERROR,
                         "another import is at work on this tree (%s); wait for it, then start "
                         "again. It holds %s/lock",
                         holder[0] != '\0' ? holder : "it has not said yet which", store->path);
}

/* Only for messages; that it cannot be written, on a full disk, changes nothing. */
static void write_holder(int lock)
{
    char host[65] = "?";
    char now[32];
    char text[200];
    gethostname(host, sizeof(host) - 1);
    bench_clock_iso(now);
    int n =
        snprintf(text, sizeof(text), "process %ld on %s, since %s\n", (long)getpid(), host, now);
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)n, 0) != n) {
        return;
    }
}

/* Is what is open as `fd` still what `name` in `dir` means? */
static bool is_still(int dir, const char *name, int fd)
{
    struct stat a;
    struct stat b;
    return fstat(fd, &a) == 0 && fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* *again: whoever held it has deleted the store meanwhile. */
static int take_lock(struct import_store *store, bool *again, struct bench_err *err)
{
    *again = false;
    do {
        store->lock = openat(store->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    } while (store->lock < 0 && errno == EINTR);
    if (store->lock < 0) {
        *again = errno == ENOENT;
        return bench_err_set(err, BENCH_ERROR, "%s/lock: cannot be opened: %s", store->path,
                             strerror(errno));
    }
    int rc;
    do {
        rc = flock(store->lock, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        rc = errno == EWOULDBLOCK ? report_holder(store, err)
                                  : bench_err_set(err, BENCH_ERROR, "%s/lock: cannot be locked: %s",
                                                  store->path, strerror(errno));
        close(store->lock);
        store->lock = -1;
        return rc;
    }
    *again = !is_still(store->fd, "lock", store->lock) ||
             !is_still(store->parent, store->name, store->fd);
    return BENCH_OK;
}

int import_store_lock(int root, const char *tree, bool can_make, struct import_store *store,
                      struct bench_err *err)
{
    bool again = true;
    int rc = BENCH_OK;
    for (int tries = 0; again && tries < 10; tries++) {
        again = false;
        rc = import_store_find(root, tree, store, err);
        if (rc != 0 || (store->fd < 0 && !can_make)) {
            return rc;
        }
        rc = store->fd < 0 ? make(store, err) : BENCH_OK;
        rc = rc == 0 ? take_lock(store, &again, err) : rc;
        if (rc != 0 || again) {
            beneath_close(store->lock); /* what it locks is gone */
            store->lock = -1;
            import_store_close(store);
        }
    }
    if (rc == 0 && again) {
        return bench_err_set(err, BENCH_ERROR, "%s/lock: other imports keep taking it", tree);
    }
    if (rc == 0) {
        write_holder(store->lock);
    }
    return rc;
}

static bool holds_nothing(const struct import_store *store)
{
    static const char *const parts[] = {"next", "current", "undoing", "last"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (has(store->fd, parts[i])) {
            return false;
        }
    }
    return true;
}

void import_store_close(struct import_store *store)
{
    if (store->lock >= 0 && holds_nothing(store)) {
        /* Whoever waits for the lock sees that it is no longer what its name means. */
        unlinkat(store->fd, ".gitignore", 0);
        unlinkat(store->fd, "lock", 0);
        unlinkat(store->parent, store->name, AT_REMOVEDIR);
    }
    beneath_close(store->lock);
    beneath_close(store->fd);
    beneath_close(store->parent);
    free(store->path);
    *store = (struct import_store){.root = store->root, .parent = -1, .fd = -1, .lock = -1};
}
