/* Listing and deleting folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes `d`. */
static void read_names(DIR *d, char ***names, size_t *count)
{
    size_t cap = 16;
    *names = bench_xmalloc(cap * sizeof(**names));
    *count = 0;
    struct dirent *entry;
    while ((entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (*count == cap) {
            cap *= 2;
            *names = bench_xrealloc(*names, cap * sizeof(**names));
        }
        (*names)[(*count)++] = bench_xstrdup(entry->d_name);
    }
    closedir(d);
    qsort(*names, *count, sizeof(**names), compare_names);
}

int bench_file_list(const char *dir, char ***names, size_t *count, struct bench_err *err)
{
    DIR *d = opendir(dir);
    if (!d) {
        bool missing = errno == ENOENT;
        return bench_err_set(err, missing ? BENCH_ENOTFOUND : BENCH_ERROR, "%s: %s", dir,
                             missing ? "no such folder" : strerror(errno));
    }
    read_names(d, names, count);
    return BENCH_OK;
}

void bench_file_list_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* Works relative to an open folder, so that a folder swapped for a link meanwhile is not followed;
 * `shown` is the path for messages. */
static int remove_at(int parent, const char *name, const char *shown, struct bench_err *err)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return BENCH_OK;
        return bench_err_set(err, BENCH_ERROR, "%s: %s", shown, strerror(errno));
    }

    int rc = BENCH_OK;
    if (S_ISDIR(st.st_mode)) {
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int names_fd = fd < 0 ? -1 : dup(fd);
        DIR *d = names_fd < 0 ? NULL : fdopendir(names_fd);
        if (!d) {
            rc =
                bench_err_set(err, BENCH_ERROR, "%s: cannot be opened: %s", shown, strerror(errno));
            if (names_fd >= 0)
                close(names_fd);
        } else {
            char **names;
            size_t count;
            read_names(d, &names, &count);
            for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
                char *path = bench_path_join(shown, names[i]);
                rc = remove_at(fd, names[i], path, err);
                free(path);
            }
            bench_file_list_free(names, count);
        }
        if (fd >= 0)
            close(fd);
    }
    if (rc == BENCH_OK && unlinkat(parent, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0 &&
        errno != ENOENT)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be deleted: %s", shown, strerror(errno));
    return rc;
}

int bench_file_remove_tree(const char *path, struct bench_err *err)
{
    return remove_at(AT_FDCWD, path, path, err);
}
