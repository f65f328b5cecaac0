#include "bench/cli/device_note.h"

#include <stdio.h>
#include <string.h>

void bench_device_note_print(const char *command, const char *kind, const char *device)
{
    if (!kind || strcmp(kind, "cuda") == 0)
        return;
    fprintf(stderr, "bench %s: note: measured on the %s device (%s): %s\n", command, kind,
            device ? device : "unnamed",
            strcmp(kind, "null") == 0
                ? "the times are scripted, nothing was computed and nothing was verified"
                : "these times say nothing about a GPU");
}
