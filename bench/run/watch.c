#include "bench/run/watch.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Whoever starts processes faster than they can be killed is stopped first; two seconds are far
 * more than any number of rounds needs. */
#define MOST_ROUNDS 200
#define PAUSE_NS 10000000L

struct pids {
    pid_t *items;
    size_t count, capacity;
};

static void add_pid(struct pids *pids, pid_t pid)
{
    if (pids->count == pids->capacity) {
        pids->capacity = 2 * pids->capacity + 64;
        pids->items = bench_xrealloc(pids->items, pids->capacity * sizeof *pids->items);
    }
    pids->items[pids->count++] = pid;
}

static void add_children_of_thread(struct pids *pids, pid_t pid, const char *thread)
{
    char path[64], *line = NULL, *end;
    size_t capacity = 0;
    snprintf(path, sizeof path, "/proc/%ld/task/%.20s/children", (long)pid, thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (getline(&line, &capacity, file) > 0)
        for (const char *rest = line; rest != NULL; rest = end > rest ? end : NULL) {
            long child = strtol(rest, &end, 10);
            if (end > rest)
                add_pid(pids, (pid_t)child);
        }
    free(line);
    fclose(file);
}

static void add_children(struct pids *pids, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    if (threads == NULL) /* it has ended */
        return;
    for (const struct dirent *e; (e = readdir(threads)) != NULL;)
        if (e->d_name[0] != '.')
            add_children_of_thread(pids, pid, e->d_name);
    closedir(threads);
}

static bool is_spared(const pid_t *spared, pid_t pid)
{
    for (; spared != NULL && *spared != 0; spared++)
        if (*spared == pid)
            return true;
    return false;
}

/* Breadth first; what ends meanwhile may be missing. */
static struct pids descendants(const pid_t *spared)
{
    struct pids pids = {0};
    add_children(&pids, getpid());
    for (size_t i = 0; i < pids.count; i++)
        if (is_spared(spared, pids.items[i]))
            pids.items[i--] = pids.items[--pids.count];
    for (size_t i = 0; i < pids.count; i++)
        add_children(&pids, pids.items[i]);
    return pids;
}

static uint64_t resident_bytes(pid_t pid)
{
    char line[256] = "", path[64], *rest = line;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    strtoull(rest, &rest, 10); /* of all that is mapped */
    uint64_t resident = strtoull(rest, &rest, 10), shared = strtoull(rest, &rest, 10);
    if (shared > resident)
        return 0;
    return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A process's share of its pages (PSS), without those of files; 0 if it has ended. */
static uint64_t proportional_bytes(pid_t pid)
{
    static const char *const keys[] = {"Pss_Anon:", "Pss_Shmem:"};
    char line[256], path[64];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (bench_str_starts(line, keys[i])) /* in kB */
                sum += strtoull(line + strlen(keys[i]), NULL, 10);
    fclose(file);
    return sum * 1024;
}

void bench_watch_descendants(bool exact, const pid_t *spared, struct bench_watch *seen)
{
    struct pids pids = descendants(spared);
    *seen = (struct bench_watch){.processes = pids.count};
    for (size_t i = 0; i < pids.count; i++)
        seen->memory_bytes +=
            exact ? proportional_bytes(pids.items[i]) : resident_bytes(pids.items[i]);
    free(pids.items);
}

static void signal_all(const struct pids *pids, int number)
{
    for (size_t i = 0; i < pids->count; i++)
        kill(pids->items[i], number);
}

void bench_watch_kill_descendants(const pid_t *spared)
{
    const struct timespec pause = {0, PAUSE_NS};
    for (int round = 0; round < MOST_ROUNDS; round++) {
        struct pids pids = descendants(spared);
        size_t left = pids.count;
        signal_all(&pids, SIGSTOP);
        signal_all(&pids, SIGKILL);
        for (size_t i = 0; i < pids.count; i++)
            left -= waitpid(pids.items[i], NULL, WNOHANG) == pids.items[i];
        free(pids.items);
        if (left == 0)
            return;
        nanosleep(&pause, NULL);
    }
}

static size_t threads_of(const char *pid)
{
    struct stat st;
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/task", pid);
    if (stat(path, &st) != 0 || st.st_uid != geteuid() || st.st_nlink < 2)
        return 0;
    return (size_t)st.st_nlink - 2; /* a folder a thread */
}

size_t bench_watch_user_tasks(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc");
    if (all == NULL)
        return 0;
    for (const struct dirent *e; (e = readdir(all)) != NULL;)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
            count += threads_of(e->d_name);
    closedir(all);
    return count;
}
