#include <stdlib.h>
#include <string.h>

#include "bench/provider/library/library_impl.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

static const struct bench_library_entry *const libraries[] = {bench_library_cublas,
                                                              bench_library_cudnn, NULL};

/* The entry of that number over all libraries; NULL beyond the last. */
static const struct bench_library_entry *entry_at(size_t index)
{
    for (const struct bench_library_entry *const *library = libraries; *library; library++)
        for (const struct bench_library_entry *entry = *library; entry->name; entry++)
            if (index-- == 0)
                return entry;
    return NULL;
}

size_t bench_library_count(void)
{
    size_t count = 0;
    while (entry_at(count))
        count++;
    return count;
}

const char *bench_library_name(size_t index)
{
    return entry_at(index)->name;
}

const char *bench_library_help(size_t index)
{
    return entry_at(index)->help;
}

static int find(const char *name, const struct bench_library_entry **out, struct bench_err *err)
{
    struct bench_str known;
    bench_str_init(&known);
    const struct bench_library_entry *entry;
    for (size_t i = 0; (entry = entry_at(i)) != NULL; i++) {
        if (strcmp(entry->name, name) == 0)
            break;
        bench_str_addf(&known, "%s%s", i ? ", " : "", entry->name);
    }
    int rc = BENCH_OK;
    if (!entry)
        rc = bench_err_set(err, BENCH_ENOTFOUND, "there is no library call '%s'; there are: %s",
                           name, known.data);
    bench_str_fini(&known);
    *out = entry;
    return rc;
}

/* How many arguments the entry needs; *most gets how many it takes. */
static size_t argument_range(const struct bench_library_entry *entry, size_t *most)
{
    size_t least = strcspn(entry->signature, "?");
    *most = strlen(entry->signature) - (entry->signature[least] == '?');
    return least;
}

static int check_count(const struct bench_library_entry *entry, size_t count, struct bench_err *err)
{
    size_t most = 0, least = argument_range(entry, &most);
    if (count >= least && count <= most)
        return BENCH_OK;
    return bench_err_set(err, BENCH_EINPUT, "%s has %zu arguments; it is %s", entry->name, count,
                         entry->help);
}

static bool kind_fits(char wanted, enum bench_arg_kind kind)
{
    return (wanted == 't' && kind == BENCH_ARG_TENSOR) ||
           (wanted == 'l' && kind == BENCH_ARG_INT64) ||
           (wanted == 'd' && kind == BENCH_ARG_DOUBLE);
}

int bench_library_check(const char *entry, const enum bench_arg_kind *kinds, size_t count,
                        struct bench_err *err)
{
    const struct bench_library_entry *found = NULL;
    int rc = find(entry, &found, err);
    if (rc != BENCH_OK)
        return err ? (err->code = BENCH_EINPUT) : BENCH_EINPUT;
    rc = check_count(found, count, err);
    const char *wanted = found->signature;
    for (size_t i = 0; i < count && rc == BENCH_OK; i++, wanted++) {
        wanted += *wanted == '?';
        if (!kind_fits(*wanted, kinds[i]))
            rc = bench_err_set(err, BENCH_EINPUT,
                               "argument %zu of %s is of the wrong kind; it is %s", i + 1,
                               found->name, found->help);
    }
    return rc;
}

int bench_library_prepare(struct bench_device *device, const char *entry, enum bench_dtype dtype,
                          void **args, size_t arg_count, struct bench_library_call **call,
                          struct bench_err *err)
{
    const struct bench_library_entry *found = NULL;
    int rc = find(entry, &found, err);
    if (rc == BENCH_OK)
        rc = check_count(found, arg_count, err);
    if (rc == BENCH_OK && !bench_device_native_stream(device))
        rc = bench_err_set(err, BENCH_EUNSUPPORTED, "%s runs on cuda devices only", entry);
    if (rc != BENCH_OK)
        return rc;
    struct bench_library_call *made = bench_xcalloc(1, sizeof *made);
    made->entry = found;
    made->device = device;
    made->dtype = dtype;
    made->args = args;
    made->arg_count = arg_count;
    rc = found->prepare(made, err);
    if (rc == BENCH_OK)
        rc = found->run(made, err);
    if (rc != BENCH_OK) {
        bench_library_free(made);
        return rc;
    }
    *call = made;
    return BENCH_OK;
}

int bench_library_run(struct bench_library_call *call, struct bench_err *err)
{
    return call->entry->run(call, err);
}

void bench_library_free(struct bench_library_call *call)
{
    if (!call)
        return;
    call->entry->fini(call);
    free(call);
}

const char *bench_library_version(const struct bench_library_call *call)
{
    return call->version;
}

int bench_library_locate(const char *entry, char **path, struct bench_err *err)
{
    const struct bench_library_entry *found = NULL;
    int rc = find(entry, &found, err);
    void *handle = NULL;
    return rc == BENCH_OK ? bench_locate_library(found->search, &handle, path, err) : rc;
}
