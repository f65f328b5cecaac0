#include "bench/provider/cuda/host_options.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"

/* NVRTC's options with a value, and what they are here. */
enum meaning { INCLUDE_PATH, DEFINE, UNDEFINE, INCLUDE_FILE, STANDARD, FMAD, IGNORED };

static const struct {
    const char *name;
    enum meaning meaning;
} with_value[] = {
    {"--include-path", INCLUDE_PATH},
    {"-I", INCLUDE_PATH},
    {"--define-macro", DEFINE},
    {"-D", DEFINE},
    {"--undefine-macro", UNDEFINE},
    {"-U", UNDEFINE},
    {"--pre-include", INCLUDE_FILE},
    {"-include", INCLUDE_FILE},
    {"--std", STANDARD},
    {"-std", STANDARD},
    {"--fmad", FMAD},
    {"-fmad", FMAD},
    {"--gpu-architecture", IGNORED},
    {"-arch", IGNORED},
    {"--maxrregcount", IGNORED},
    {"-maxrregcount", IGNORED},
    {"--ftz", IGNORED},
    {"-ftz", IGNORED},
    {"--prec-sqrt", IGNORED},
    {"-prec-sqrt", IGNORED},
    {"--prec-div", IGNORED},
    {"-prec-div", IGNORED},
    {"--ptxas-options", IGNORED},
    {"-Xptxas", IGNORED},
    {"--diag-suppress", IGNORED},
    {"-diag-suppress", IGNORED},
    {"--split-compile", IGNORED},
    {"--minimal", IGNORED},
};

/* Less exact arithmetic and debugging of GPU code: what is computed here is at least as exact. */
static const char *const ignored[] = {"--use_fast_math",
                                      "-use_fast_math",
                                      "--extra-device-vectorization",
                                      "-extra-device-vectorization",
                                      "--generate-line-info",
                                      "-lineinfo",
                                      "--device-debug",
                                      "-G",
                                      "--restrict",
                                      "-restrict",
                                      "--disable-warnings",
                                      "-w",
                                      "--device-as-default-execution-space",
                                      "-default-device",
                                      "--relocatable-device-code=false",
                                      "-O3",
                                      "--dopt=on",
                                      "-dopt=on"};

static void add_folder(struct bench_host_options *o, const char *folder)
{
    o->folders = bench_xrealloc(o->folders, (o->folder_count + 1) * sizeof(*o->folders));
    o->folders[o->folder_count++] = bench_xstrdup(folder);
}

/* NAME, NAME=value; the value is 1 if there is none. */
static void add_define(struct bench_host_options *o, const char *text)
{
    size_t n = strcspn(text, "=");
    bench_str_addf(&o->prologue, "#undef %.*s\n#define %.*s %s\n", (int)strcspn(text, "=("), text,
                   (int)n, text, text[n] ? text + n + 1 : "1");
}

static int apply(struct bench_host_options *o, enum meaning meaning, const char *value,
                 struct bench_err *err)
{
    switch (meaning) {
    case INCLUDE_PATH:
        add_folder(o, value);
        break;
    case DEFINE:
        add_define(o, value);
        break;
    case UNDEFINE:
        bench_str_addf(&o->prologue, "#undef %s\n", value);
        break;
    case INCLUDE_FILE:
        bench_str_addf(&o->prologue, "#include \"%s\"\n", value);
        break;
    case STANDARD:
        if (strcmp(value, "c++17") != 0 && strcmp(value, "c++20") != 0)
            return bench_err_set(err, BENCH_EUNSUPPORTED,
                                 "the cpu device compiles --std=c++17 and c++20, not %s", value);
        o->standard = value;
        break;
    case FMAD:
        o->contract = strcmp(value, "false") != 0;
        break;
    case IGNORED:
        break;
    }
    return BENCH_OK;
}

/* "-Ifoo", "-I foo" and "--include-path=foo" all occur. Returns how many words were taken. */
static size_t read_one(const char *word, const char *following, struct bench_host_options *o,
                       struct bench_err *err)
{
    for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++) {
        const char *name = with_value[i].name;
        size_t n = strlen(name);
        if (strncmp(word, name, n) != 0)
            continue;
        bool is_short = n == 2;
        const char *value = NULL;
        size_t taken = 1;
        if (word[n] == '=')
            value = word + n + 1;
        else if (word[n] == '\0' && following) {
            value = following;
            taken = 2;
        } else if (is_short && word[n] != '\0')
            value = word + n;
        if (value)
            return apply(o, with_value[i].meaning, value, err) == BENCH_OK ? taken : 0;
    }
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        if (strcmp(word, ignored[i]) == 0)
            return 1;
    bench_err_set(err, BENCH_EUNSUPPORTED, "the cpu device does not know the compile option %s",
                  word);
    return 0;
}

int bench_host_options_read(const struct bench_compile_request *request,
                            struct bench_host_options *out, struct bench_err *err)
{
    struct bench_err local = {0};
    err = err ? err : &local;
    *out = (struct bench_host_options){.standard = "c++17", .contract = true};
    bench_str_init(&out->prologue);
    for (size_t i = 0; i < request->define_count; i++) {
        char *text = bench_xprintf("%s=%s", request->defines[i].name, request->defines[i].value);
        add_define(out, text);
        free(text);
    }
    for (size_t i = 0; i < request->option_count;) {
        const char *following = i + 1 < request->option_count ? request->options[i + 1] : NULL;
        size_t taken = read_one(request->options[i], following, out, err);
        if (taken == 0)
            return err->code;
        i += taken;
    }
    return BENCH_OK;
}

void bench_host_options_fini(struct bench_host_options *o)
{
    for (size_t i = 0; i < o->folder_count; i++)
        free(o->folders[i]);
    free(o->folders);
    if (o->prologue.data)
        bench_str_fini(&o->prologue);
    *o = (struct bench_host_options){0};
}
