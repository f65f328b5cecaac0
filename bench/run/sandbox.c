#include "bench/run/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/sandbox_impl.h"
#include "bench/run/watch.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define GIB (UINT64_C(1) << 30)
#define FILE_BYTES (16 * GIB)
#define PROCESSES 4096
/* What a probing child ends with: a bit for each part that took effect. */
#define PART_LANDLOCK 1
#define PART_SECCOMP 2
/* One that was killed says nothing about the host. */
#define ATTEMPTS 5

struct bench_sandbox {
    struct bench_sandbox_host host;
    struct bench_sandbox_limits limits;
    char *scratch;
    char **writable;
    size_t count;
    rlim_t process_limit; /* the user's tasks of before, and limits.processes more */
};

/* ---- what the host can do ---- */

static void add_lack(struct bench_sandbox_host *host, const char *what, const char *why)
{
    size_t used = strlen(host->lacks);
    snprintf(host->lacks + used, sizeof host->lacks - used, "%s%s: %s", used ? "; " : "", what,
             why);
}

/* The parts are tried where they can do no harm: in a child. -1 if it was killed. */
static int try_parts(int abi, bool seccomp)
{
    fflush(NULL);
    pid_t supervisor = getpid(), pid = fork();
    int status = 0;
    if (pid == 0) {
        int parts = 0;
        if (abi > 0 && bench_landlock_enter(abi, NULL, 0, NULL) == BENCH_OK)
            parts |= PART_LANDLOCK;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && seccomp &&
            bench_seccomp_enter(supervisor, NULL) == BENCH_OK)
            parts |= PART_SECCOMP;
        _exit(parts);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void bench_sandbox_probe(struct bench_sandbox_host *host)
{
    *host = (struct bench_sandbox_host){.landlock = 0};
    host->landlock = bench_landlock_abi(host->landlock_why);
    host->seccomp = bench_seccomp_find(host->seccomp_why);
    int parts = -1;
    for (int attempt = 0; parts < 0 && attempt < ATTEMPTS; attempt++)
        parts = try_parts(host->landlock, host->seccomp);
    parts = parts < 0 ? 0 : parts;
    if (host->landlock > 0 && !(parts & PART_LANDLOCK)) {
        host->landlock = 0;
        snprintf(host->landlock_why, sizeof host->landlock_why, "the system refuses it");
    }
    if (host->seccomp && !(parts & PART_SECCOMP)) {
        host->seccomp = false;
        snprintf(host->seccomp_why, sizeof host->seccomp_why, "the system refuses the filter");
    }
    host->signals = host->landlock >= 6;
    host->process_limit = geteuid() != 0;
    if (host->landlock == 0)
        add_lack(host, "files anywhere can be written", host->landlock_why);
    if (!host->seccomp)
        add_lack(host, "networks and other processes can be reached", host->seccomp_why);
    if (!host->process_limit)
        add_lack(host, "processes are only counted twice a second",
                 "the kernel does not limit those of root");
}

/* ---- limits ---- */

static uint64_t read_number(const char *path)
{
    char line[32] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    uint64_t value = fgets(line, sizeof line, file) ? strtoull(line, NULL, 10) : 0; /* or "max" */
    fclose(file);
    return value;
}

void bench_sandbox_default_limits(struct bench_sandbox_limits *limits)
{
    /* Control groups of version 2 and 1, as a container sees its own. */
    static const char *const groups[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        uint64_t most = read_number(groups[i]);
        memory = most > 0 && most < memory ? most : memory;
    }
    *limits = (struct bench_sandbox_limits){
        .memory_bytes = memory / 4 * 3, .file_bytes = FILE_BYTES, .processes = PROCESSES};
}

/* ---- where workers may write ---- */

static void add_writable(struct bench_sandbox *s, char *path)
{
    s->writable = bench_xrealloc(s->writable, (s->count + 1) * sizeof(*s->writable));
    s->writable[s->count++] = path;
}

/* The home folder of the environment, else of the user database; NULL if neither tells. */
static const char *home_folder(void)
{
    const char *home = getenv("HOME");
    const struct passwd *user = home == NULL || home[0] != '/' ? getpwuid(geteuid()) : NULL;
    return user != NULL ? user->pw_dir : home;
}

/* The folder that a variable names, else `beside` in the home folder. */
static void add_cache(struct bench_sandbox *s, const char *variable, const char *beside, bool make)
{
    const char *named = getenv(variable), *home = home_folder();
    char *path = NULL;
    if (named != NULL && named[0] != '\0')
        path = bench_xstrdup(named);
    else if (beside != NULL && home != NULL)
        path = bench_path_join(home, beside);
    if (path == NULL)
        return;
    if (make)
        bench_file_mkdirs(path, NULL); /* if it cannot be made, nobody can write it either */
    add_writable(s, path);
}

static void add_matches(struct bench_sandbox *s, const char *pattern)
{
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            add_writable(s, bench_xstrdup(found.gl_pathv[i]));
    globfree(&found);
}

static void add_caches(struct bench_sandbox *s, const struct bench_sandbox_request *request)
{
    char *cache = bench_path_cache();
    bench_file_mkdirs(cache, NULL);
    add_writable(s, cache);
    add_cache(s, "TRITON_CACHE_DIR", NULL, request->python);
    add_cache(s, "TRITON_HOME", ".triton", request->python);
    add_cache(s, "FLAGGEMS_CACHE_DIR", ".flaggems", request->python);
    add_cache(s, "TORCHINDUCTOR_CACHE_DIR", NULL, request->python);
    add_cache(s, "CUDA_CACHE_PATH", ".nv", request->cuda);
}

static void add_devices(struct bench_sandbox *s)
{
    static const char *const patterns[] = {"/dev/null",    "/dev/zero",    "/dev/full",
                                           "/dev/random",  "/dev/urandom", "/dev/tty",
                                           "/dev/nvidia*", "/dev/dri",     "/dev/shm"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        add_matches(s, patterns[i]);
}

static int add_extra(struct bench_sandbox *s, const struct bench_sandbox_request *request,
                     struct bench_err *err)
{
    for (size_t i = 0; i < request->extra_count; i++) {
        if (!bench_file_exists(request->extra[i]))
            return bench_err_set(err, BENCH_EINPUT, "--allow-write %s: there is no such folder",
                                 request->extra[i]);
        add_writable(s, bench_xstrdup(request->extra[i]));
    }
    return BENCH_OK;
}

/* What is not there cannot be named in a rule. */
static void add_log(struct bench_sandbox *s, const struct bench_sandbox_request *request)
{
    char *path = bench_path_join(request->folder, request->log);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
    add_writable(s, path);
}

/* ---- making and unmaking ---- */

int bench_sandbox_new(const struct bench_sandbox_request *request, struct bench_sandbox **sandbox,
                      struct bench_err *err)
{
    struct bench_sandbox *s = bench_xcalloc(1, sizeof *s);
    s->host = *request->host;
    s->limits = *request->limits;
    char *folder = realpath(request->folder, NULL); /* workers may have other working folders */
    s->scratch = bench_path_join(folder != NULL ? folder : request->folder, "scratch");
    free(folder);
    s->process_limit = bench_watch_user_tasks() + (rlim_t)s->limits.processes;
    int rc = bench_file_mkdirs(s->scratch, err);
    if (rc == BENCH_OK)
        rc = add_extra(s, request, err);
    if (rc != BENCH_OK) {
        bench_sandbox_free(s);
        return rc;
    }
    add_writable(s, bench_xstrdup(s->scratch));
    if (request->log != NULL && request->python && request->cuda)
        add_log(s, request);
    add_caches(s, request);
    add_devices(s);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    *sandbox = s;
    return BENCH_OK;
}

void bench_sandbox_free(struct bench_sandbox *s)
{
    if (s == NULL)
        return;
    bench_watch_kill_descendants(NULL);
    bench_file_remove_tree(s->scratch, NULL);
    for (size_t i = 0; i < s->count; i++)
        free(s->writable[i]);
    free(s->writable);
    free(s->scratch);
    free(s);
}

const struct bench_sandbox_host *bench_sandbox_host_of(const struct bench_sandbox *s)
{
    return &s->host;
}

const struct bench_sandbox_limits *bench_sandbox_limits_of(const struct bench_sandbox *s)
{
    return &s->limits;
}

static char *scratch_of(const struct bench_sandbox *s, int process)
{
    return bench_xprintf("%s/%d", s->scratch, process);
}

void bench_sandbox_clean(const struct bench_sandbox *s, int process)
{
    char *scratch = scratch_of(s, process);
    bench_file_remove_tree(scratch, NULL);
    free(scratch);
}

/* ---- in the child ---- */

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit is;
    if (getrlimit(what, &is) != 0 || is.rlim_cur < most)
        return;
    is.rlim_cur = most;
    is.rlim_max = is.rlim_max < most ? is.rlim_max : most;
    setrlimit(what, &is);
}

static void set_limits(const struct bench_sandbox *s)
{
    limit(RLIMIT_CORE, 0);
    if (s->limits.file_bytes > 0)
        limit(RLIMIT_FSIZE, s->limits.file_bytes);
    if (s->limits.processes > 0 && s->host.process_limit)
        limit(RLIMIT_NPROC, s->process_limit);
    /* If memory runs out all the same, the kernel is to take this process and not its supervisor.
     */
    FILE *file = fopen("/proc/self/oom_score_adj", "we");
    if (file != NULL) {
        fputs("1000", file);
        fclose(file);
    }
}

static int restrict_files(const struct bench_sandbox *s, struct bench_err *err)
{
    char self[32];
    const char **writable = bench_xmalloc((s->count + 1) * sizeof *writable);
    for (size_t i = 0; i < s->count; i++)
        writable[i] = s->writable[i];
    /* The names of its own threads, among others. */
    snprintf(self, sizeof self, "/proc/%ld", (long)getpid());
    writable[s->count] = self;
    int rc = bench_landlock_enter(s->host.landlock, writable, s->count + 1, err);
    free(writable);
    return rc;
}

/* What the user types is not for workers. */
static void leave_terminal(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
}

int bench_sandbox_enter(const struct bench_sandbox *s, int supervisor, struct bench_err *err)
{
    if (s == NULL)
        return BENCH_OK;
    leave_terminal();
    char *scratch = scratch_of(s, getpid());
    if (mkdir(scratch, 0700) == 0 || errno == EEXIST)
        setenv("TMPDIR", scratch, 1);
    free(scratch);
    set_limits(s);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return bench_err_set(err, BENCH_ERROR, "the sandbox does not take effect: %s",
                             strerror(errno));
    int rc = s->host.landlock > 0 ? restrict_files(s, err) : BENCH_OK;
    if (rc == BENCH_OK && s->host.seccomp)
        rc = bench_seccomp_enter(supervisor, err);
    return rc == BENCH_OK ? rc : bench_err_prefix(err, "the sandbox: ");
}
