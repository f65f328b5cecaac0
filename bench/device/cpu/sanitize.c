#include "bench/device/cpu/sanitize.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/device/cpu/compiler.h"
#include "bench/device/cpu/hostinfo.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "bench/util/str.h"

/* --- the environment --- */

/* Where the compiler keeps a library; NULL if it has none of that name. */
static char *ask_library(const char *compiler, const char *name)
{
    char *option = bench_xprintf("-print-file-name=%s", name);
    const char *argv[] = {compiler, option, NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 30000};
    struct bench_process_result result = {0};
    char *path = NULL;
    if (bench_process_run(&spec, &result, NULL) == BENCH_OK && result.exit_code == 0 &&
        result.out[0] == '/') {
        result.out[strcspn(result.out, "\n")] = '\0';
        if (bench_file_exists(result.out))
            path = bench_xstrdup(result.out);
    }
    bench_process_result_fini(&result);
    free(option);
    return path;
}

/* Some systems put a text for the linker in the library's place: INPUT ( /usr/lib64/libasan.so.8 ).
 * The loader wants the library itself. */
static char *follow_script(char *path)
{
    char *text;
    if (bench_file_read(path, 0, &text, NULL, NULL) != BENCH_OK)
        return path;
    char *input = text[0] != 0x7f ? strstr(text, "INPUT") : NULL;
    char *start = input ? strchr(input, '/') : NULL;
    if (start) {
        free(path);
        path = bench_xprintf("%.*s", (int)strcspn(start, " )\n"), start);
    }
    free(text);
    return path;
}

static char *find_library(const char *compiler, struct bench_err *err)
{
    char *version = NULL;
    if (bench_cpu_compiler_version(compiler, &version, err) != BENCH_OK)
        return NULL;
    bool is_clang = strstr(version, "clang") != NULL;
    free(version);
    char arch[32];
    bench_host_arch(arch, sizeof(arch));
    char clang_name[64];
    snprintf(clang_name, sizeof(clang_name), "libclang_rt.asan-%s.so",
             strcmp(arch, "x86-64") == 0 ? "x86_64" : arch);
    char *path = ask_library(compiler, is_clang ? clang_name : "libasan.so");
    if (!path && is_clang)
        path = ask_library(compiler, "libclang_rt.asan.so");
    if (!path)
        bench_err_set(err, BENCH_EUNSUPPORTED,
                      "%s has no AddressSanitizer library (%s): install %s, or name another "
                      "compiler in BENCH_CXX",
                      compiler, is_clang ? clang_name : "libasan.so",
                      is_clang ? "libclang-rt-dev (compiler-rt)" : "libasan (it comes with g++)");
    return path ? follow_script(path) : NULL;
}

int bench_cpu_sanitizer_env(char ***env, struct bench_err *err)
{
    struct bench_err local = {0};
    err = err ? err : &local;
    *env = NULL;
    char *compiler;
    int rc = bench_cpu_compiler(&compiler, err);
    if (rc != BENCH_OK)
        return rc;
    char *library = find_library(compiler, err);
    free(compiler);
    if (!library)
        return err->code;
    *env = bench_xcalloc(4, sizeof(**env));
    (*env)[0] = bench_xprintf("LD_PRELOAD=%s", library);
    /* Leaks are not what is looked for, and the interpreter's are not ours. */
    (*env)[1] = bench_xstrdup("ASAN_OPTIONS=detect_leaks=0:halt_on_error=1:exitcode=1:"
                              "detect_stack_use_after_return=0:allocator_may_return_null=1");
    (*env)[2] = bench_xstrdup("UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=1");
    free(library);
    return BENCH_OK;
}

void bench_cpu_sanitizer_env_free(char **env)
{
    for (char **e = env; e && *e; e++)
        free(*e);
    free(env);
}

/* --- reports --- */

/* The first line that has `mark`; its text after the mark. */
static const char *after(const char *text, const char *mark)
{
    const char *found = strstr(text, mark);
    return found ? found + strlen(mark) : NULL;
}

static void add_until(struct bench_str *s, const char *text, const char *stop)
{
    bench_str_addn(s, text, strcspn(text, stop));
}

/* Code of ours or the sanitizer's, which a fault only passes through. */
static bool is_foreign(const char *file, size_t length)
{
    static const char *const parts[] = {"/shim/bench_cpu", "libsanitizer", "sanitizer_common",
                                        "/bench/device/cpu/"};
    char path[1024];
    snprintf(path, sizeof(path), "%.*s", (int)length, file);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(path, parts[i]))
            return true;
    return path[0] == '(' || path[0] == '\0';
}

/* "    #0 0x7f12 in bad(float*, int) kernels/x/bad.cu:12": the first frame in the user's source. */
static void add_place(struct bench_str *s, const char *report)
{
    for (const char *line = report; (line = strstr(line, "    #")); line++) {
        const char *end = line + strcspn(line, "\n");
        const char *in = strstr(line, " in ");
        if (!in || in >= end)
            continue;
        in += 4;
        /* The place is the last word; the function's name may have blanks. */
        const char *place = end;
        while (place > in && place[-1] != ' ')
            place--;
        size_t length = (size_t)(end - place);
        const char *colon = memchr(place, ':', length);
        if (!colon || !isdigit((unsigned char)colon[1]) || is_foreign(place, length))
            continue;
        /* As the user calls the file: reports have it in full. */
        char cwd[4096];
        size_t n = getcwd(cwd, sizeof(cwd)) ? strlen(cwd) : 0;
        if (n > 0 && n < length && memcmp(place, cwd, n) == 0 && place[n] == '/')
            place += n + 1;
        /* file:line; a column may follow. */
        length = (size_t)(colon + 1 + strspn(colon + 1, "0123456789") - place);
        bench_str_addf(s, ", at %.*s in ", (int)length, place);
        add_until(s, in, "(<\n");
        return;
    }
}

/* Our own last line: "kernel K: stopped by the sanitizer in block (0,0,0), thread (5,0,0)…" */
static void add_thread(struct bench_str *s, const char *report)
{
    const char *ours = after(report, ": stopped by the sanitizer in ");
    if (ours) {
        bench_str_add(s, ", ");
        const char *end = strpbrk(ours, "[\n");
        size_t length = end ? (size_t)(end - ours) : strlen(ours);
        while (length > 0 && ours[length - 1] == ' ')
            length--;
        bench_str_addn(s, ours, length);
    }
}

static void add_buffer_name(struct bench_str *s, const char *report)
{
    const char *ours = after(report, ": stopped by the sanitizer in ");
    const char *name = ours ? strchr(ours, '[') : NULL;
    if (name && name < ours + strcspn(ours, "\n")) {
        bench_str_add(s, " (");
        add_until(s, name + 1, "]\n");
        bench_str_addc(s, ')');
    }
}

/* "0 bytes to the right of 256-byte region" and "0 bytes after 256-byte region": the words changed
 * between versions. */
static void add_distance(struct bench_str *s, const char *report)
{
    /* There is a line for each variable near the address: the nearest is meant. */
    const char *p = NULL;
    for (const char *at = report; (at = after(at, " is located "));)
        if (!p || strtoul(at, NULL, 10) < strtoul(p, NULL, 10))
            p = at;
    if (!p)
        return;
    unsigned long bytes = strtoul(p, NULL, 10);
    const char *end = p + strcspn(p, "\n");
    const char *region = strstr(p, "-byte region");
    if (region && region < end) {
        const char *size = region;
        while (size > p && isdigit((unsigned char)size[-1]))
            size--;
        bool inside = strstr(p, " inside of ") && strstr(p, " inside of ") < end;
        bool before = (strstr(p, "to the left") && strstr(p, "to the left") < end) ||
                      (strstr(p, " before ") && strstr(p, " before ") < end);
        bench_str_addf(s, ", %lu bytes %s a %.*s-byte buffer", bytes,
                       inside   ? "into"
                       : before ? "before the start of"
                                : "past the end of",
                       (int)(region - size), size);
        add_buffer_name(s, report);
        return;
    }
    const char *variable = after(p, "variable '");
    if (variable && variable < end) {
        bench_str_addf(s, ", %lu bytes outside of ", bytes);
        add_until(s, variable, "'\n");
        const char *size = after(variable, " of size ");
        if (size && size < end) {
            bench_str_add(s, " (");
            add_until(s, size, " \n");
            bench_str_add(s, " bytes)");
        }
    }
}

static void add_stack_variable(struct bench_str *s, const char *report)
{
    /*     [32, 48) 'acc' (line 12) <== Memory access at offset 48 overflows this variable */
    const char *arrow = strstr(report, "<== Memory access at");
    if (!arrow)
        return;
    const char *quote = arrow;
    while (quote > report && *quote != '\n')
        quote--;
    quote = strchr(quote, '\'');
    if (quote && quote < arrow) {
        bench_str_add(s, ", outside of the local variable ");
        add_until(s, quote + 1, "'\n");
    }
}

static const char *kind_in_words(const char *kind)
{
    static const struct {
        const char *kind;
        const char *words;
    } known[] = {{"heap-buffer-overflow", "out-of-bounds"},
                 {"global-buffer-overflow", "out-of-bounds"},
                 {"stack-buffer-overflow", "out-of-bounds"},
                 {"stack-buffer-underflow", "out-of-bounds"},
                 {"dynamic-stack-buffer-overflow", "out-of-bounds"},
                 {"unknown-crash", "out-of-bounds"},
                 {"heap-use-after-free", "use-after-free"},
                 {"stack-use-after-scope", "use-after-scope"},
                 {"use-after-poison", "use-after-poison"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (bench_str_starts(kind, known[i].kind))
            return known[i].words;
    return NULL;
}

/* WRITE of size 4 at 0x602000000110 thread T0 */
static void add_access(struct bench_str *s, const char *kind, const char *report)
{
    const char *words = kind_in_words(kind);
    const char *access = after(report, "READ of size ");
    bool writes = !access;
    if (!access)
        access = after(report, "WRITE of size ");
    if (words && access) {
        bench_str_addf(s, "%s %s of ", words, writes ? "write" : "read");
        add_until(s, access, " \n");
        bench_str_add(s, " bytes");
    } else if (bench_str_starts(kind, "SEGV")) {
        bool write = strstr(report, "caused by a WRITE") != NULL;
        const char *address = after(kind, "address ");
        bench_str_addf(s, "segmentation fault %s address ", write ? "writing" : "reading");
        add_until(s, address ? address : "?", " \n");
    } else {
        add_until(s, kind, " \n");
    }
}

/* kernels/x.cu:12:9: runtime error: index 33 out of bounds for type 'float [33]' */
static void undefined_behaviour(struct bench_str *s, const char *report, const char *message)
{
    bench_str_add(s, "undefined behaviour: ");
    add_until(s, message, "\n");
    size_t before = s->len;
    add_place(s, message);
    if (s->len > before)
        return;
    /* No stack trace: the message's own line begins with the place. */
    const char *line = message;
    while (line > report && line[-1] != '\n')
        line--;
    const char *colon = strchr(line, ':');
    if (colon && isdigit((unsigned char)colon[1]))
        bench_str_addf(s, ", at %.*s", (int)(colon + 1 + strspn(colon + 1, "0123456789") - line),
                       line);
}

int bench_cpu_sanitizer_parse(const char *report, char *summary, size_t size)
{
    struct bench_str s;
    bench_str_init(&s);
    const char *kind = after(report, "ERROR: AddressSanitizer: ");
    const char *undefined = after(report, ": runtime error: ");
    if (undefined && (!kind || undefined < kind)) {
        undefined_behaviour(&s, report, undefined);
        add_thread(&s, report);
    } else if (kind) {
        add_access(&s, kind, kind);
        add_distance(&s, kind);
        add_stack_variable(&s, kind);
        add_place(&s, kind);
        add_thread(&s, report);
    }
    bool found = s.len > 0;
    snprintf(summary, size, "%s", s.data);
    bench_str_fini(&s);
    return found ? BENCH_OK : BENCH_ENOTFOUND;
}
