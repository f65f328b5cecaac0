/* The texts of layout experimental_ops. It has no file of metadata: an operator file carries its
 * record itself, as a comment. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/import_impl.h"

/* "1.40x over flaggems (geometric mean of 2 cases, 1.20x to 1.60x) on NVIDIA H100" */
static char *performance_line(const struct bench_metadata_update *u)
{
    double sum = 0;
    double least = INFINITY;
    double most = 0;
    size_t count = 0;
    const struct bench_selected_case *first = NULL;
    for (size_t i = 0; i < u->op->case_count; i++) {
        double speedup = bench_metadata_speedup(u, &u->op->cases[i]);
        if (isnan(speedup)) {
            continue;
        }
        first = first != NULL ? first : &u->op->cases[i];
        sum += log(speedup);
        least = speedup < least ? speedup : least;
        most = speedup > most ? speedup : most;
        count += 1;
    }
    if (first == NULL) {
        return bench_xstrdup("not measured");
    }
    char *reference = bench_metadata_reference(u, first);
    char *line = bench_xprintf(
        "%.3gx over %s (geometric mean of %zu %s, %.3gx to %.3gx) on %s", exp(sum / (double)count),
        reference, count, count == 1 ? "case" : "cases", least, most,
        u->device != NULL ? u->device : "a device that the data do not name");
    free(reference);
    return line;
}

static void add_comments(struct bench_str *out, const struct import_module *m)
{
    if (m->comments[0] != '\0') {
        bench_str_addf(out, "%s\n\n", m->comments);
    }
}

static void add_header(struct bench_str *out, const struct bench_metadata_update *u)
{
    char *performance = performance_line(u);
    bench_str_addf(out,
                   "# %s - Experimental Implementation\n#\n"
                   "# Imported from generated code by bench. It is experimental: its interface may "
                   "change,\n# and it is not yet part of what FlagGems registers.\n#\n"
                   "# Category: %s\n# Performance: %s\n",
                   u->name, u->category, performance);
    free(performance);
}

static void add_record(struct bench_str *out, const struct bench_metadata_update *u)
{
    struct bench_json_writer w;
    bench_str_add(out, IMPORT_RECORD);
    bench_json_writer_init(&w, out, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "op_id", u->op_id);
    bench_json_put_key_string(&w, "category", u->category);
    bench_json_put_key_string(&w, "created_at", u->created_at);
    bench_json_put_key_string(&w, "generation_date", u->generation_date);
    bench_json_put_key_string(&w, "commit", u->commit);
    bench_json_put_key_string(&w, "bench_version", BENCH_VERSION);
    bench_metadata_put_provenance(&w, u);
    bench_json_close_object(&w);
    while (out->len > 0 && out->data[out->len - 1] == '\n') {
        out->data[--out->len] = '\0';
    }
    bench_str_add(out, "  # noqa: E501");
}

/* The file's text; the record's place is left empty where `with_record` is false. */
static char *operator_text(const struct import_item *item, const struct bench_metadata_update *u,
                           bool with_record)
{
    struct bench_str out;
    bench_str_init(&out);
    add_comments(&out, &item->code);
    add_header(&out, u);
    if (with_record) {
        add_record(&out, u);
    }
    bench_str_addf(&out, "\n\n%s", item->code.rest);
    return out.data; /* the caller frees */
}

char *import_ops_operator_text(const struct import_context *x, struct import_item *item)
{
    struct bench_metadata_update u = import_update_of(x, item);
    char *plain = operator_text(item, &u, false);
    import_content_hash(plain, item->file_hash);
    free(plain);
    char *text = operator_text(item, &u, true);
    size_t length = strlen(text) - strlen(item->code.rest);
    item->line_start = 1;
    for (size_t i = 0; i < length; i++) {
        item->line_start += text[i] == '\n' ? 1 : 0;
    }
    return text;
}

struct bench_json_doc *import_ops_record(const char *text)
{
    struct bench_json_doc *doc = NULL;
    const char *line = strncmp(text, IMPORT_RECORD, strlen(IMPORT_RECORD)) == 0
                           ? text
                           : strstr(text, "\n" IMPORT_RECORD);
    if (line == NULL) {
        return NULL;
    }
    const char *begin = strstr(line, IMPORT_RECORD) + strlen(IMPORT_RECORD);
    const char *end = begin + strcspn(begin, "\n");
    while (end > begin && end[-1] != '}') {
        end--;
    }
    if (bench_json_parse("record", begin, (size_t)(end - begin), &doc, NULL) == 0 &&
        bench_json_type(bench_json_root(doc)) != BENCH_JSON_OBJECT) {
        bench_json_free(doc);
        doc = NULL;
    }
    return doc;
}

char *import_ops_test_text(const struct import_item *item)
{
    struct bench_str out;
    bench_str_init(&out);
    add_comments(&out, &item->test);
    bench_str_addf(
        &out, "# Tests of %s - Experimental Implementation\n# %s\n\n%s", item->data.name,
        item->made_test
            ? "Made by bench: against torch, over the shapes and dtypes that were measured."
            : "Imported with the operator by bench.",
        item->test.rest);
    return out.data; /* the caller frees */
}

char *import_ops_performance_text(const struct import_item *item)
{
    return bench_xprintf("# Performance of %s - Experimental Implementation\n"
                         "# Made by bench: the imported function beside torch.\n\n%s",
                         item->data.name, item->performance);
}
