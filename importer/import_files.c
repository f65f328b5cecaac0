/* The texts of an import's files: what both layouts share, and layout "experimental". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/hash.h"
#include "bench/util/mem.h"
#include "importer/import_impl.h"
#include "importer/python_text.h"

static int count_lines(const char *text)
{
    int lines = 0;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    return lines;
}

/* Docstring and __future__ imports: what goes before the code's own text. */
static void add_module(struct bench_str *out, const char *header, const struct import_module *m)
{
    bench_str_add(out, "\"\"\"");
    bench_python_add_docstring(out, header);
    if (m->docstring[0] != '\0') {
        bench_str_addc(out, '\n');
        bench_python_add_docstring(out, m->docstring);
        bench_str_addc(out, '\n');
    }
    bench_str_add(out, "\"\"\"\n\n");
    if (m->future != NULL) {
        bench_str_addf(out, "%s\n\n", m->future);
    }
    if (bench_str_starts(m->body, "def ") || bench_str_starts(m->body, "class ") ||
        bench_str_starts(m->body, "@") || bench_str_starts(m->body, "async ")) {
        bench_str_addc(out, '\n'); /* two blank lines before a function */
    }
}

static char *operator_text(struct import_item *item)
{
    struct bench_str out;
    bench_str_init(&out);
    char *header = bench_xprintf(
        "%s - Experimental Implementation\n\n"
        "This operator was imported from generated code by bench.\n\n"
        "Metadata:\n    op_id: %s\n    category: %s\n    status: EXPERIMENTAL\n"
        "    generator_tool: bench\n    generation_date: %s\n\n"
        "Warning:\n    This operator is experimental: its interface may change, and it is not yet\n"
        "    part of what FlagGems registers.\n",
        item->data.name, item->result->op_id, item->result->category, item->generation_date);
    add_module(&out, header, &item->code);
    free(header);
    item->line_start = count_lines(out.data) + 1;
    bench_str_add(&out, item->code.body);
    item->line_end = count_lines(out.data);
    return out.data; /* the caller frees */
}

static char *test_text(const struct import_item *item)
{
    struct bench_str out;
    bench_str_init(&out);
    char *header = bench_xprintf("Tests of %s - Experimental Implementation\n\n%s\n\nop_id: %s\n",
                                 item->data.name,
                                 item->made_test ? "Made by bench: against torch, over the shapes "
                                                   "and dtypes that were measured."
                                                 : "Imported with the operator by bench.",
                                 item->result->op_id);
    add_module(&out, header, &item->test);
    free(header);
    bench_str_add(&out, item->test.body);
    return out.data; /* the caller frees */
}

void import_content_hash(const char *text, char hash[33])
{
    struct bench_str without;
    const char *line = strncmp(text, IMPORT_RECORD, strlen(IMPORT_RECORD)) == 0
                           ? text
                           : strstr(text, "\n" IMPORT_RECORD);
    if (line == NULL) {
        bench_hash_bytes_hex(text, strlen(text), hash);
        return;
    }
    line += *line == '\n' ? 1 : 0;
    bench_str_init(&without);
    bench_str_addn(&without, text, (size_t)(line - text));
    bench_str_add(&without, line + strcspn(line, "\n"));
    bench_hash_bytes_hex(without.data, without.len, hash);
    bench_str_fini(&without);
}

/* True if the file may be written: it is not there, as an import wrote it (`recorded`: its hash
 * then), or --force says so. Else the item fails; what stands against what is kept beside it. */
static bool may_write(struct import_context *x, struct import_item *item, const char *path,
                      const char *recorded, char *old, const char *text)
{
    char hash[33];
    if (old == NULL) {
        return true;
    }
    import_content_hash(old, hash);
    bool known = recorded != NULL && recorded[0] != '\0';
    if ((known && strcmp(hash, recorded) == 0) || strcmp(old, text) == 0) {
        return true;
    }
    if (x->request.force) {
        char *remark = bench_xprintf("%s is overwritten, %s (--force)", path,
                                     known ? "which was changed by hand" : "which no import wrote");
        import_remark(item, remark);
        free(remark);
        return true;
    }
    free(item->result->conflict_path);
    free(item->result->conflict_old);
    free(item->result->conflict_new);
    item->result->conflict_path = bench_xstrdup(path);
    item->result->conflict_old = bench_xstrdup(old);
    item->result->conflict_new = bench_xstrdup(text);
    if (known) {
        import_fail(item,
                    "%s was changed by hand since it was imported; it is not overwritten. Move it "
                    "away (or undo the change) to import this operator again, or overwrite it with "
                    "--force",
                    path);
    } else {
        import_fail(item,
                    "%s exists, and nothing says that an import by bench wrote it; move it away to "
                    "import this operator, or overwrite it with --force",
                    path);
    }
    return false;
}

/* Plans a file, whose text it frees; `hash` is filled with that of the text. */
static void plan_text(struct import_context *x, struct import_item *item, const char *path,
                      const char *recorded, char *text, char hash[33])
{
    struct bench_err err = {.code = 0};
    char *old = NULL;
    char old_hash[33] = "";
    import_content_hash(text, hash);
    int rc = bench_tree_read(&x->plan->tree, path, &old, &err);
    if (rc == 0 && may_write(x, item, path, recorded, old, text)) {
        if (old != NULL) {
            import_content_hash(old, old_hash);
        }
        /* Where only the record would differ (the time, the program's version), nothing does. */
        bool same_inputs = item->is_known && !item->code_changed && import_same_numbers(item);
        rc = same_inputs && strcmp(hash, old_hash) == 0
                 ? BENCH_OK
                 : bench_tree_change(&x->plan->tree, path, text, &err);
    }
    if (rc != 0) {
        import_fail(item, "%s", err.message);
    }
    free(old);
    free(text);
}

void import_plan_files(struct import_context *x, struct import_item *item)
{
    static const struct bench_metadata_entry nothing = {.json = NULL};
    const struct bench_metadata_entry *entry = item->is_known ? &item->entry : &nothing;
    bool ops = x->plan->layout == BENCH_LAYOUT_EXPERIMENTAL_OPS;
    item->performance_hash[0] = '\0';
    plan_text(x, item, item->test_path, entry->test_hash,
              ops ? import_ops_test_text(item) : test_text(item), item->test_hash);
    if (ops && item->performance != NULL && !import_failed(item)) {
        plan_text(x, item, item->performance_path, entry->performance_hash,
                  import_ops_performance_text(item), item->performance_hash);
    }
    if (!import_failed(item)) {
        plan_text(x, item, item->code_path, entry->file_hash,
                  ops ? import_ops_operator_text(x, item) : operator_text(item), item->file_hash);
    }
}
