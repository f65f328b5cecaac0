/* The filter of system calls, by libseccomp, which is opened at run time: one binary serves hosts
 * with and without it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/sandbox_impl.h"

#ifndef BENCH_HAVE_SECCOMP

bool bench_seccomp_find(char why[160])
{
    snprintf(why, 160, "this bench was built without libseccomp-dev");
    return false;
}

int bench_seccomp_enter(int supervisor, struct bench_err *err)
{
    (void)supervisor;
    return bench_err_set(err, BENCH_ERROR, "built without libseccomp");
}

#else

#include <dlfcn.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIBRARY "libseccomp.so.2"

struct library {
    scmp_filter_ctx (*init)(uint32_t);
    void (*release)(scmp_filter_ctx);
    int (*load)(const scmp_filter_ctx);
    int (*resolve)(const char *);
    int (*add)(scmp_filter_ctx, uint32_t, int, unsigned, const struct scmp_arg_cmp *);
};

/* Never closed: it is asked for again in every child. */
static bool open_library(struct library *l, char why[160])
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(why, 160, LIBRARY " is not installed");
        return false;
    }
    *(void **)&l->init = dlsym(handle, "seccomp_init");
    *(void **)&l->release = dlsym(handle, "seccomp_release");
    *(void **)&l->load = dlsym(handle, "seccomp_load");
    *(void **)&l->resolve = dlsym(handle, "seccomp_syscall_resolve_name");
    *(void **)&l->add = dlsym(handle, "seccomp_rule_add_array");
    if (l->init && l->release && l->load && l->resolve && l->add)
        return true;
    snprintf(why, 160, LIBRARY " lacks functions that are needed");
    return false;
}

bool bench_seccomp_find(char why[160])
{
    struct library l;
    return open_library(&l, why);
}

/* Names that this architecture, or this libseccomp, does not have are left out. */
static int deny(const struct library *l, scmp_filter_ctx filter, const char *name, unsigned count,
                const struct scmp_arg_cmp *arguments)
{
    int number = l->resolve(name);
    if (number == __NR_SCMP_ERROR || number < 0)
        return 0;
    return l->add(filter, SCMP_ACT_ERRNO(EPERM), number, count, arguments);
}

/* What no kernel, compiler or interpreter needs, and what reaches into other processes or into the
 * system. io_uring does what system calls do, past any filter. */
static int deny_whole(const struct library *l, scmp_filter_ctx filter)
{
    static const char *const names[] = {
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "pidfd_getfd",
        "kcmp",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "userfaultfd",
        "bpf",
        "mount",
        "umount2",
        "move_mount",
        "fsopen",
        "open_tree",
        "mount_setattr",
        "pivot_root",
        "chroot",
        "setns",
        "unshare",
        "init_module",
        "finit_module",
        "delete_module",
        "kexec_load",
        "kexec_file_load",
        "reboot",
        "swapon",
        "swapoff",
        "settimeofday",
        "clock_settime",
        "clock_adjtime",
        "adjtimex",
        "sethostname",
        "setdomainname",
        "keyctl",
        "add_key",
        "request_key",
        "quotactl",
        "acct",
        "open_by_handle_at",
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof names / sizeof *names; i++)
        rc = deny(l, filter, names[i], 0, NULL);
    return rc;
}

/* The CUDA driver and NVML talk over AF_UNIX and AF_NETLINK; all other families are networks, or
 * parts of the kernel that nobody needs here. */
static int deny_networks(const struct library *l, scmp_filter_ctx filter)
{
    int rc = 0;
    for (int family = 0; rc == 0 && family < AF_MAX; family++) {
        const struct scmp_arg_cmp is = {0, SCMP_CMP_EQ, (uint64_t)family, 0};
        if (family != AF_UNIX && family != AF_NETLINK)
            rc = deny(l, filter, "socket", 1, &is);
    }
    const struct scmp_arg_cmp beyond = {0, SCMP_CMP_GE, AF_MAX, 0};
    return rc == 0 ? deny(l, filter, "socket", 1, &beyond) : rc;
}

/* The kernel takes process ids as 32 bits: the upper half of the register says nothing. */
static int deny_to(const struct library *l, scmp_filter_ctx filter, const char *name, int process)
{
    const struct scmp_arg_cmp is = {0, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)process};
    return deny(l, filter, name, 1, &is);
}

/* Signals to the supervisor, to its process group, and to everybody; its limits. */
static int deny_supervisor(const struct library *l, scmp_filter_ctx filter, int supervisor)
{
    static const char *const names[] = {
        "kill",
        "tkill",
        "tgkill",
        "rt_sigqueueinfo",
        "rt_tgsigqueueinfo",
        "pidfd_open",
        "prlimit64",
        "sched_setaffinity",
        "sched_setscheduler",
    };
    int rc = deny_to(l, filter, "kill", -1);
    if (rc == 0)
        rc = deny_to(l, filter, "kill", -getpgid(supervisor));
    for (size_t i = 0; rc == 0 && i < sizeof names / sizeof *names; i++)
        rc = deny_to(l, filter, names[i], supervisor);
    return rc;
}

/* Typing on the terminal of whoever started us. */
static int deny_terminal(const struct library *l, scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp is = {1, SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI};
    return deny(l, filter, "ioctl", 1, &is);
}

int bench_seccomp_enter(int supervisor, struct bench_err *err)
{
    struct library l;
    char why[160] = "";
    if (!open_library(&l, why))
        return bench_err_set(err, BENCH_ERROR, "%s", why);
    scmp_filter_ctx filter = l.init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return bench_err_set(err, BENCH_ERROR, "libseccomp makes no filter");
    int rc = deny_whole(&l, filter);
    if (rc == 0)
        rc = deny_networks(&l, filter);
    if (rc == 0)
        rc = deny_supervisor(&l, filter, supervisor);
    if (rc == 0)
        rc = deny_terminal(&l, filter);
    if (rc == 0)
        rc = l.load(filter);
    l.release(filter);
    return rc == 0 ? BENCH_OK
                   : bench_err_set(err, BENCH_ERROR, "the filter of system calls is refused: %s",
                                   strerror(-rc));
}

#endif
