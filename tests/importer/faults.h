/*
 * Faults at system calls. The functions of the C library that an import uses to touch files are
 * defined again in faults.c, so that a program that links it, or is started with it as LD_PRELOAD,
 * goes through them: they count, and at the call that was asked for the process dies or the call
 * fails. fsync is counted and not done: tests lose no power, and would wait for disks.
 */
#ifndef TESTS_IMPORTER_FAULTS_H
#define TESTS_IMPORTER_FAULTS_H

enum fault_kind {
    FAULT_NONE,   /* counts only */
    FAULT_KILL,   /* SIGKILL instead of the call */
    FAULT_TORN,   /* likewise, but if it is a write, half of it is done before */
    FAULT_SHORT,  /* if it is a write, half of it is done, which is no error */
    FAULT_EINTR,  /* interrupted by a signal, if this call can be */
    FAULT_EIO,    /* this one call fails */
    FAULT_EIO_ON, /* this one and all later calls fail: a disk that dies */
    FAULT_ENOSPC, /* this one call fails, if it may need space */
    FAULT_FULL,   /* this one and all later calls that need space fail: a full disk */
    FAULT_KIND_COUNT
};

struct faults {
    enum fault_kind kind;
    long at;    /* number of the call, from 1; nothing happens with a larger one than there are */
    long count; /* calls so far; they are counted while it is armed */
    int armed;
    int no_openat2; /* an old kernel; also where it is not armed */
    /* NULL, or for `traits_size` calls what they may do: see fault_applies. */
    unsigned char *traits;
    long traits_size;
};

extern struct faults faults;

const char *fault_name(enum fault_kind kind);

/* Does a fault of this kind change anything at a call with these traits? */
int fault_applies(enum fault_kind kind, unsigned char traits);

#endif
