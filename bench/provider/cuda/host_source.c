#include "bench/provider/cuda/host_source.h"

#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/host_token.h"
#include "bench/util/mem.h"

/* Names that CUDA C has and the cpu device cannot do. What is merely missing from the shim is the
 * C++ compiler's to report. */
static const struct {
    const char *name;
    const char *what;
} refused[] = {
    {"__cvta_generic_to_shared", "address spaces (__cvta_generic_to_shared)"},
    {"__cluster_dims__", "thread block clusters (__cluster_dims__)"},
    {"__managed__", "managed variables (__managed__)"},
    {"__pipeline_memcpy_async", "asynchronous copies (__pipeline_memcpy_async)"},
    {"__pipeline_commit", "asynchronous copies (__pipeline_commit)"},
    {"__pipeline_wait_prior", "asynchronous copies (__pipeline_wait_prior)"},
    {"cudaTextureObject_t", "textures (cudaTextureObject_t)"},
    {"cudaSurfaceObject_t", "surfaces (cudaSurfaceObject_t)"},
    {"tex1Dfetch", "textures (tex1Dfetch)"},
    {"tex1D", "textures (tex1D)"},
    {"tex2D", "textures (tex2D)"},
    {"tex3D", "textures (tex3D)"},
    {"nvcuda", "WMMA (namespace nvcuda)"},
    {"cooperative_groups", "cooperative groups"},
};

struct rewriter {
    struct bench_lexer lexer;
    struct bench_host_source *out;
    struct bench_err *err;
    bool sanitize;
    /* Braces: how many are open that belong to functions, and which are of namespaces and classes.
     */
    int function_depth;
    int outer_depth;
    /* Of the declaration that is being read. */
    bool saw_namespace, saw_class, saw_call;
    bool in_kernel;               /* after __global__, before its name */
    int bounds;                   /* of __launch_bounds__; 0 if none */
    struct bench_token last_word; /* the last token, if it was a word */
};

static int refuse(struct rewriter *r, int line, const char *what, const char *advice)
{
    return bench_err_set(r->err, BENCH_EUNSUPPORTED, "%.*s:%d: the cpu device cannot do %s%s",
                         (int)r->lexer.file_length, r->lexer.file, line, what, advice);
}

static void copy(struct rewriter *r, const struct bench_token *t)
{
    bench_str_addn(&r->out->text, t->text, t->length);
}

/* The next token that is neither space nor marker; those before it are copied, so that lines stay.
 */
static struct bench_token next_solid(struct rewriter *r)
{
    for (;;) {
        struct bench_token t = bench_lexer_next(&r->lexer);
        if (t.kind != BENCH_TOKEN_SPACE && t.kind != BENCH_TOKEN_MARKER)
            return t;
        copy(r, &t);
    }
}

/* What lies between a "(" and its ")", or what else opens and closes; the lexer stands behind the
 * opening token. Newlines and markers are copied to the output, the text goes to `inside`. */
static void take_group(struct rewriter *r, char open, char close, struct bench_str *inside)
{
    int depth = 1;
    for (;;) {
        struct bench_token t = bench_lexer_next(&r->lexer);
        if (t.kind == BENCH_TOKEN_END)
            return;
        if (t.kind == BENCH_TOKEN_MARKER ||
            (t.kind == BENCH_TOKEN_SPACE && memchr(t.text, '\n', t.length))) {
            copy(r, &t);
            continue;
        }
        if (t.kind == BENCH_TOKEN_PUNCT)
            depth += t.text[0] == open ? 1 : t.text[0] == close ? -1 : 0;
        if (depth == 0)
            return;
        if (inside)
            bench_str_addn(inside, t.text, t.length);
    }
}

/* --- kernels --- */

static void add_kernel(struct rewriter *r, const struct bench_token *name)
{
    struct bench_host_source *out = r->out;
    int bounds = r->bounds;
    r->in_kernel = false;
    r->bounds = 0;
    for (size_t i = 0; i < out->kernel_count; i++) {
        if (bench_token_is(name, out->kernels[i].name)) {
            if (bounds > 0)
                out->kernels[i].max_threads = bounds;
            return;
        }
    }
    out->kernels = bench_xrealloc(out->kernels, (out->kernel_count + 1) * sizeof(*out->kernels));
    struct bench_host_kernel *k = &out->kernels[out->kernel_count++];
    k->name = bench_xprintf("%.*s", (int)name->length, name->text);
    k->max_threads = bounds;
}

static void read_launch_bounds(struct rewriter *r)
{
    struct bench_token open = next_solid(r);
    if (!bench_token_is(&open, "("))
        return;
    struct bench_str inside;
    bench_str_init(&inside);
    take_group(r, '(', ')', &inside);
    char *end;
    long n = strtol(inside.data, &end, 10);
    end += strspn(end, " ");
    if (end != inside.data && (*end == '\0' || *end == ',') && n >= 1 && n <= 1024)
        r->bounds = (int)n;
    bench_str_fini(&inside);
}

/* --- dynamic shared memory --- */

struct declaration {
    bool is_shared;
    struct bench_str type, name, suffix; /* T name[] suffix */
    bool several;
};

/* Reads the rest of a declaration that began with `extern` (or with __shared__ ... extern), up to
 * its ";". Newlines go straight to the output. */
static void read_declaration(struct rewriter *r, struct declaration *d)
{
    bool after_name = false;
    bool after_word = false;
    struct bench_str word; /* not yet known to be part of the type */
    bench_str_init(&word);
    for (;;) {
        struct bench_token t = next_solid(r);
        if (t.kind == BENCH_TOKEN_END || bench_token_is(&t, ";"))
            break;
        if (bench_token_is(&t, "__shared__")) {
            d->is_shared = true;
        } else if (bench_token_is(&t, "extern")) {
            continue;
        } else if (bench_token_is(&t, "__attribute__") || bench_token_is(&t, "alignas")) {
            next_solid(r);
            take_group(r, '(', ')', NULL);
        } else if (bench_token_is(&t, ",") && after_name) {
            d->several = true;
        } else if (bench_token_is(&t, "[")) {
            struct bench_str inside;
            bench_str_init(&inside);
            take_group(r, '[', ']', &inside);
            if (after_name)
                bench_str_addf(&d->suffix, "[%s]", inside.data);
            else
                bench_str_add(&d->name, word.data);
            after_name = true;
            bench_str_fini(&inside);
        } else {
            /* The word before the first "[" is the name; all before it is the type. */
            bench_str_add(&d->type, word.data);
            bench_str_clear(&word);
            if (t.kind == BENCH_TOKEN_WORD && after_word)
                bench_str_addc(&word, ' ');
            bench_str_addn(&word, t.text, t.length);
            after_word = t.kind == BENCH_TOKEN_WORD;
        }
    }
    bench_str_fini(&word);
}

static int dynamic_shared(struct rewriter *r, int line)
{
    struct declaration d = {0};
    bench_str_init(&d.type);
    bench_str_init(&d.name);
    bench_str_init(&d.suffix);
    read_declaration(r, &d);
    int rc = BENCH_OK;
    if (r->function_depth == 0)
        rc = refuse(r, line, "extern __shared__ at file scope",
                    ": move the declaration into the "
                    "kernel that uses it");
    else if (d.several || d.name.len == 0)
        rc = refuse(r, line, "this extern __shared__ declaration",
                    ": write one array per declaration, as in extern __shared__ float name[];");
    else
        bench_str_addf(&r->out->text,
                       "[[maybe_unused]] %s (*const %s)%s = reinterpret_cast<%s (*)%s>"
                       "(bench_cpu_shared());",
                       d.type.data, d.name.data, d.suffix.data, d.type.data, d.suffix.data);
    bench_str_fini(&d.type);
    bench_str_fini(&d.name);
    bench_str_fini(&d.suffix);
    return rc;
}

/* True if the declaration that begins at the lexer has the word in it. Looks ahead only. */
static bool declaration_has(const struct rewriter *r, const char *word)
{
    struct bench_lexer ahead = r->lexer;
    for (;;) {
        struct bench_token t = bench_lexer_next(&ahead);
        if (t.kind == BENCH_TOKEN_END || (t.kind == BENCH_TOKEN_PUNCT && strchr(";{}=", t.text[0])))
            return false;
        if (t.kind == BENCH_TOKEN_WORD && bench_token_is(&t, word))
            return true;
    }
}

static int shared_word(struct rewriter *r, int line)
{
    if (declaration_has(r, "extern"))
        return dynamic_shared(r, line);
    /* One OS thread runs one block at a time, so that its own copy is the block's. Under the
     * sanitizer there is one OS thread, and only a plain static variable is guarded. */
    bench_str_add(&r->out->text, r->sanitize ? "static" : "thread_local");
    return BENCH_OK;
}

/* --- what cannot be done --- */

/* asm("") is a barrier for the compiler and is left alone; anything else is PTX. */
static int check_asm(struct rewriter *r, int line)
{
    struct bench_lexer ahead = r->lexer;
    for (int i = 0; i < 16; i++) {
        struct bench_token t = bench_lexer_next(&ahead);
        if (t.kind == BENCH_TOKEN_LITERAL)
            return bench_token_is(&t, "\"\"") ? BENCH_OK : refuse(r, line, "inline PTX (asm)", "");
    }
    return refuse(r, line, "inline PTX (asm)", "");
}

static int check_refused(struct rewriter *r, const struct bench_token *t, int line)
{
    if (bench_token_is(t, "asm") || bench_token_is(t, "__asm__") || bench_token_is(t, "__asm"))
        return check_asm(r, line);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (bench_token_is(t, refused[i].name))
            return refuse(r, line, refused[i].what, "");
    return BENCH_OK;
}

/* --- all tokens --- */

static int take_word(struct rewriter *r, const struct bench_token *t, int line)
{
    r->last_word = *t;
    if (bench_token_is(t, "__shared__"))
        return shared_word(r, line);
    if (bench_token_is(t, "extern") && declaration_has(r, "__shared__"))
        return dynamic_shared(r, line);
    if (bench_token_is(t, "__global__")) {
        r->in_kernel = true;
        return BENCH_OK;
    }
    if (bench_token_is(t, "__launch_bounds__")) {
        read_launch_bounds(r);
        return BENCH_OK;
    }
    r->saw_namespace |= bench_token_is(t, "namespace") || bench_token_is(t, "extern");
    r->saw_class |= bench_token_is(t, "class") || bench_token_is(t, "struct") ||
                    bench_token_is(t, "union") || bench_token_is(t, "enum");
    int rc = check_refused(r, t, line);
    copy(r, t);
    return rc;
}

static void take_brace(struct rewriter *r, bool open)
{
    /* `struct s f() {` is a function, `struct s {` is not; `extern "C" void f() {` is a function.
     */
    bool outer = (r->saw_namespace || r->saw_class) && !r->saw_call;
    if (open && r->function_depth == 0 && outer)
        r->outer_depth++;
    else if (open)
        r->function_depth++;
    else if (r->function_depth > 0)
        r->function_depth--;
    else if (r->outer_depth > 0)
        r->outer_depth--;
    r->saw_namespace = r->saw_class = r->saw_call = false;
}

static int take_punct(struct rewriter *r, const struct bench_token *t, int line)
{
    char c = t->text[0];
    if (t->length == 3)
        return refuse(r, line, "kernel launches from a kernel (<<<...>>>)", "");
    bool names_function =
        c == '(' && r->last_word.length > 0 && !bench_token_is(&r->last_word, "__attribute__") &&
        !bench_token_is(&r->last_word, "alignas") && !bench_token_is(&r->last_word, "decltype");
    r->saw_call |= names_function;
    if (names_function && r->in_kernel)
        add_kernel(r, &r->last_word);
    else if (c == '{' || c == '}')
        take_brace(r, c == '{');
    else if (c == ';') {
        r->saw_namespace = r->saw_class = r->saw_call = r->in_kernel = false;
        r->bounds = 0;
    }
    copy(r, t);
    return BENCH_OK;
}

/* `#pragma unroll` means nothing to some compilers and something else to others; the loop stays a
 * loop. */
static void take_marker(struct rewriter *r, const struct bench_token *t)
{
    const char *p = t->text + 1;
    p += strspn(p, " \t");
    if (strncmp(p, "pragma", 6) == 0) {
        p += 6 + strspn(p + 6, " \t");
        if (strncmp(p, "unroll", 6) == 0 || strncmp(p, "nounroll", 8) == 0 ||
            strncmp(p, "nv_", 3) == 0) {
            bench_str_addc(&r->out->text, '\n');
            return;
        }
    }
    copy(r, t);
}

int bench_host_source_rewrite(const char *preprocessed, bool sanitize,
                              struct bench_host_source *out, struct bench_err *err)
{
    *out = (struct bench_host_source){0};
    bench_str_init(&out->text);
    struct rewriter r = {.out = out, .err = err, .sanitize = sanitize};
    bench_lexer_init(&r.lexer, preprocessed);
    int rc = BENCH_OK;
    while (rc == BENCH_OK) {
        bool foreign = r.lexer.foreign;
        int line = r.lexer.line;
        struct bench_token t = bench_lexer_next(&r.lexer);
        if (t.kind == BENCH_TOKEN_END)
            break;
        if (t.kind == BENCH_TOKEN_MARKER && !foreign)
            take_marker(&r, &t);
        else if (foreign || t.kind == BENCH_TOKEN_SPACE || t.kind == BENCH_TOKEN_LITERAL ||
                 t.kind == BENCH_TOKEN_MARKER)
            copy(&r, &t);
        else if (t.kind == BENCH_TOKEN_WORD)
            rc = take_word(&r, &t, line);
        else
            rc = take_punct(&r, &t, line);
        if (t.kind == BENCH_TOKEN_PUNCT || t.kind == BENCH_TOKEN_LITERAL)
            r.last_word = (struct bench_token){0};
    }
    return rc;
}

void bench_host_source_fini(struct bench_host_source *s)
{
    for (size_t i = 0; i < s->kernel_count; i++)
        free(s->kernels[i].name);
    free(s->kernels);
    if (s->text.data)
        bench_str_fini(&s->text);
    *s = (struct bench_host_source){0};
}

const struct bench_host_kernel *bench_host_source_find(const struct bench_host_source *s,
                                                       const char *name, size_t length)
{
    for (size_t i = 0; i < s->kernel_count; i++)
        if (strlen(s->kernels[i].name) == length && memcmp(s->kernels[i].name, name, length) == 0)
            return &s->kernels[i];
    return NULL;
}
