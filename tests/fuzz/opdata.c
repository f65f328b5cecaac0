/* Operator data: one file, and a folder with it. */
#include <stdlib.h>

#include "bench/util/file.h"
#include "fuzz.h"
#include "importer/opdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_opdata_index index = {0};
    struct bench_opdata opdata = {0};
    struct bench_err err = {0};
    char *path = fuzz_file("operators/fuzz.json", data, size);
    char *folder = bench_path_dirname(path);
    int rc = bench_opdata_read(path, &opdata, &err);
    fuzz_check_error(rc, &err);
    fuzz_require(rc != BENCH_OK || (opdata.name != NULL && opdata.code != NULL));
    bench_opdata_fini(&opdata);
    rc = bench_opdata_index_read(folder, &index, &err);
    fuzz_check_error(rc, &err);
    bench_opdata_index_fini(&index);
    free(folder);
    free(path);
    return 0;
}
