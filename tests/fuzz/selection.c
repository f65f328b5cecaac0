/* What `bench select` wrote, as `bench import` reads it; and a tree's metadata. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "importer/metadata.h"
#include "importer/selection.h"

static void read_metadata(const char *text)
{
    struct bench_metadata metadata = {0};
    struct bench_metadata_entry entry;
    struct bench_err err = {0};
    bool found = false;
    int rc = bench_metadata_parse(text, &metadata, &err);
    fuzz_check_error(rc, &err);
    if (rc != BENCH_OK)
        return;
    fuzz_check_error(bench_metadata_find(&metadata, "gelu", &found, &entry, &err), &err);
    free(bench_metadata_format(&metadata, NULL, 0, "2026-11-22T10:00:00"));
    bench_metadata_free(&metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_selected *selected = NULL;
    struct bench_err err = {0};
    char *path = fuzz_file("selected.json", data, size), *text = fuzz_text(data, size);
    int rc = bench_selected_read(path, &selected, &err);
    fuzz_check_error(rc, &err);
    if (rc == BENCH_OK)
        bench_selected_free(selected);
    if (strstr(text, "\"ops\"") != NULL)
        read_metadata(text);
    free(text);
    free(path);
    return 0;
}
