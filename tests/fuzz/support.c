#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "fuzz.h"

void fuzz_required(int holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void fuzz_check_error(int rc, const struct bench_err *err)
{
    fuzz_require(rc <= 0);
    if (rc == 0)
        return;
    fuzz_require(err->code == rc);
    fuzz_require(err->message[0] != '\0');
    fuzz_require(memchr(err->message, '\0', sizeof err->message) != NULL);
}

static char folder[64];
static pid_t owner;

/* A child that a target forks must not take its parent's folder away. */
static void remove_folder(void)
{
    if (getpid() == owner)
        bench_file_remove_tree(folder, NULL);
}

const char *fuzz_folder(void)
{
    if (folder[0] != '\0')
        return folder;
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/bench-fuzz-XXXXXX", memory);
    fuzz_require(mkdtemp(folder) != NULL);
    owner = getpid();
    atexit(remove_folder);
    return folder;
}

char *fuzz_file(const char *name, const void *data, size_t size)
{
    char *path = bench_path_join(fuzz_folder(), name);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        char *parent = bench_path_dirname(path);
        fuzz_require(bench_file_mkdirs(parent, NULL) == BENCH_OK);
        free(parent);
        file = fopen(path, "we");
    }
    fuzz_require(file != NULL);
    fuzz_require(fwrite(data, 1, size, file) == size);
    fuzz_require(fclose(file) == 0);
    return path;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = bench_xmalloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
