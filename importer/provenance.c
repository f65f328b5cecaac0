#include "importer/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

static const char *text_of(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

static void add(struct bench_binary_hashes *hashes, const char *hash)
{
    for (size_t i = 0; i < hashes->count; i++) {
        if (strcmp(hashes->items[i], hash) == 0) {
            return;
        }
    }
    hashes->items = bench_xrealloc(hashes->items, (hashes->count + 1) * sizeof(char *));
    hashes->items[hashes->count++] = bench_xstrdup(hash);
}

/* True if the operator was selected for times of this implementation. */
static bool names(const struct bench_selected_op *op, const char *implementation)
{
    for (size_t i = 0; i < op->case_count; i++) {
        const char *name = op->cases[i].implementation;
        if (name != NULL && strcmp(name, implementation) == 0) {
            return true;
        }
    }
    return false;
}

static void read_line(const struct bench_selected *selected, const char *line, size_t length,
                      struct bench_binary_hashes *hashes)
{
    struct bench_json_doc *doc = NULL;
    char *python_name = NULL;
    if (bench_json_parse("journal.jsonl", line, length, &doc, NULL) != 0) {
        return; /* the last line of a run that was killed */
    }
    const struct bench_json *root = bench_json_root(doc);
    const char *operator= text_of(root, "operator");
    const char *implementation = text_of(root, "implementation");
    const char *hash = text_of(root, "binary_hash");
    if (operator!= NULL && implementation != NULL && hash != NULL &&
        bench_operator_python_name(operator, & python_name, NULL) == 0) {
        const struct bench_selected_op *op = bench_selected_find(selected, python_name);
        if (op != NULL && names(op, implementation)) {
            add(&hashes[op - selected->ops], hash);
        }
    }
    free(python_name);
    bench_json_free(doc);
}

void bench_binary_hashes_read(const struct bench_selected *selected,
                              const struct bench_run_facts *facts,
                              struct bench_binary_hashes *hashes)
{
    if (facts->doc == NULL) {
        return;
    }
    char *dir = bench_path_dirname(bench_json_name(facts->doc));
    char *path = bench_path_join(dir, "journal.jsonl");
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while (file != NULL && (length = getline(&line, &capacity, file)) > 0) {
        if (strstr(line, "\"binary_hash\"") != NULL) {
            read_line(selected, line, (size_t)length, hashes);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    free(line);
    free(path);
    free(dir);
}

void bench_binary_hashes_fini(struct bench_binary_hashes *hashes)
{
    for (size_t i = 0; i < hashes->count; i++) {
        free(hashes->items[i]);
    }
    free(hashes->items);
    *hashes = (struct bench_binary_hashes){.items = NULL};
}
