#include "bench/cli/options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/err.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

int bench_exit_of(int code)
{
    return code == BENCH_EINPUT || code == BENCH_ENOTFOUND ? BENCH_EXIT_USAGE : BENCH_EXIT_SYSTEM;
}

#define HELP_WIDTH 80
/* Where the sentences begin; a longer option gets a line of its own. */
#define HELP_COLUMN 26

/* A line break in a text counts if an empty line, an indented one or an item of a list follows;
 * others are only where the source code was wrapped. */
static bool is_break(const char *p)
{
    return *p == '\n' && (p[1] == '\n' || p[1] == ' ' || p[1] == '-' || p[-1] == '\n');
}

/* Prints words from column `indent` on, wrapped at HELP_WIDTH. */
static void print_wrapped(const char *text, int indent)
{
    int column = indent;
    text += strspn(text, "\n"); /* so that is_break may look back */
    while (*text) {
        if (is_break(text)) {
            putchar('\n');
            text++;
            int blank = is_break(text) ? 0 : (int)strspn(text, " ");
            printf("%*s", is_break(text) ? 0 : indent + blank, "");
            text += blank;
            column = indent;
            continue;
        }
        if (*text == ' ' || *text == '\n') {
            text++;
            continue;
        }
        int word = (int)strcspn(text, " \n");
        bool begins = column == indent;
        if (!begins && column + 1 + word > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
            begins = true;
        }
        column += printf("%s%.*s", begins ? "" : " ", word, text);
        text += word;
    }
    putchar('\n');
}

/* `optional`: the argument may be left out. */
static void print_option(const char *name, const char *argument, bool optional, const char *help)
{
    int column = printf("  --%s%s%s%s", name,
                        optional   ? "[="
                        : argument ? " "
                                   : "",
                        argument ? argument : "", optional ? "]" : "");
    if (column + 2 > HELP_COLUMN) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", HELP_COLUMN - column, "");
    print_wrapped(help, HELP_COLUMN);
}

static void print_help(const struct bench_command *command, const struct bench_option *options)
{
    printf("Usage: bench %s\n\n", command->usage);
    print_wrapped(command->summary, 0);
    if (command->details) {
        putchar('\n');
        print_wrapped(command->details, 0);
    }
    printf("\nOptions:\n");
    for (const struct bench_option *o = options; o->name; o++)
        print_option(o->name, o->argument, o->type == BENCH_OPTION_COUNT, o->help);
    print_option("help", NULL, false, "Print this and exit.");
}

static int usage_error(const struct bench_command *command)
{
    fprintf(stderr, "usage: bench %s (see 'bench help %s')\n", command->usage, command->name);
    return -1;
}

static const struct bench_option *find_option(const struct bench_option *options, const char *name,
                                              size_t length)
{
    for (const struct bench_option *o = options; o->name; o++)
        if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static void report_unknown(const struct bench_command *command, const struct bench_option *options,
                           const char *name, size_t length)
{
    size_t count = 0;
    while (options[count].name)
        count++;
    const char **names = bench_xmalloc((count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = options[i].name;
    names[count] = "help";

    char *word = bench_xprintf("%.*s", (int)length, name);
    const char *near = bench_str_nearest(word, names, count + 1);
    fprintf(stderr, "bench %s: unknown option --%s", command->name, word);
    if (near)
        fprintf(stderr, "; did you mean --%s?", near);
    fputc('\n', stderr);
    free(word);
    free(names);
}

static int store_int(const struct bench_command *command, const struct bench_option *o,
                     const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end) {
        fprintf(stderr, "bench %s: --%s: found '%s', expected a whole number\n", command->name,
                o->name, text);
        return -1;
    }
    bool any = o->min == 0 && o->max == 0;
    if (errno == ERANGE || (!any && (value < o->min || value > o->max))) {
        fprintf(stderr, "bench %s: --%s: found %s, expected %" PRId64 " to %" PRId64 "\n",
                command->name, o->name, text, any ? INT64_MIN : o->min, any ? INT64_MAX : o->max);
        return -1;
    }
    *(int64_t *)o->value = value;
    return 0;
}

static int store_double(const struct bench_command *command, const struct bench_option *o,
                        const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) {
        fprintf(stderr, "bench %s: --%s: found '%s', expected a number\n", command->name, o->name,
                text);
        return -1;
    }
    *(double *)o->value = value;
    return 0;
}

/* Words between bars: "text|json". */
static int store_choice(const struct bench_command *command, const struct bench_option *o,
                        const char *text)
{
    size_t length = strlen(text), n;
    for (const char *word = o->argument; *word; word += n + (word[n] == '|')) {
        n = strcspn(word, "|");
        if (n == length && strncmp(word, text, n) == 0) {
            *(const char **)o->value = text;
            return 0;
        }
    }
    fprintf(stderr, "bench %s: --%s: found '%s', expected ", command->name, o->name, text);
    for (const char *word = o->argument; *word; word += n + (word[n] == '|')) {
        n = strcspn(word, "|");
        const char *next = word[n] == '|' ? word + n + 1 : word + n;
        fprintf(stderr, "%.*s%s", (int)n, word,
                !*next                      ? "\n"
                : strchr(next, '|') != NULL ? ", "
                                            : " or ");
    }
    return -1;
}

static int store_value(const struct bench_command *command, const struct bench_option *o,
                       const char *text)
{
    switch (o->type) {
    case BENCH_OPTION_FLAG:
        break;
    case BENCH_OPTION_STRING:
        *(const char **)o->value = text;
        return 0;
    case BENCH_OPTION_CHOICE:
        return store_choice(command, o, text);
    case BENCH_OPTION_STRINGS: {
        struct bench_strings *list = o->value;
        if (list->count == BENCH_OPTION_STRINGS_MAX) {
            fprintf(stderr, "bench %s: --%s is given more than %d times\n", command->name, o->name,
                    BENCH_OPTION_STRINGS_MAX);
            return -1;
        }
        list->items[list->count++] = text;
        return 0;
    }
    case BENCH_OPTION_INT:
    case BENCH_OPTION_COUNT:
        return store_int(command, o, text);
    case BENCH_OPTION_DOUBLE:
        return store_double(command, o, text);
    }
    return -1;
}

/* argv[*i] is "--something"; *i is moved on if its value is the next argument. */
static int parse_option(const struct bench_command *command, const struct bench_option *options,
                        int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;

    const struct bench_option *o = find_option(options, name, length);
    bool off = false;
    if (!o && bench_str_starts(name, "no-")) {
        o = find_option(options, name + 3, length - 3);
        off = o && (o->type == BENCH_OPTION_FLAG || o->type == BENCH_OPTION_COUNT);
        o = off ? o : NULL;
    }
    if (!o) {
        report_unknown(command, options, name, length);
        return -1;
    }
    if (o->type == BENCH_OPTION_FLAG || off) {
        if (value) {
            fprintf(stderr, "bench %s: --%.*s takes no value, found '%s'\n", command->name,
                    (int)length, name, value);
            return -1;
        }
        if (o->type == BENCH_OPTION_FLAG)
            *(bool *)o->value = !off;
        else
            *(int64_t *)o->value = 0;
        return 0;
    }
    if (!value && o->type == BENCH_OPTION_COUNT) {
        *(int64_t *)o->value = o->min;
        return 0;
    }
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value) {
        fprintf(stderr, "bench %s: --%s needs a value: --%s %s\n", command->name, o->name, o->name,
                o->argument);
        return -1;
    }
    return store_value(command, o, value);
}

/* What -o is short for, where a command has it: the one short option besides -h. */
static char output_option[] = "--output";

/* Whom to tell in place of printing help: set by bench_options_tell alone, for one call. The tables
 * are made where the commands run, so the way to one is through its command. */
static struct {
    bench_options_told *told;
    void *context;
} teller;

void bench_options_tell(const struct bench_command *command, const char *part,
                        bench_options_told *told, void *context)
{
    char *name = bench_xstrdup(command->name), *below = part ? bench_xstrdup(part) : NULL;
    char option[] = "--help";
    char *argv[] = {name, part ? below : option, part ? option : NULL, NULL};
    teller.told = told;
    teller.context = context;
    command->run(command, part ? 3 : 2, argv);
    teller.told = NULL;
    free(name);
    free(below);
}

static bool asks_for_help(const char *argument)
{
    return strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0;
}

int bench_options_parse(const struct bench_command *command, const struct bench_option *options,
                        int argc, char **argv, const char **positionals, size_t max_positionals,
                        size_t *positional_count, int *exit_code)
{
    bool only_positionals = false;
    *positional_count = 0;
    *exit_code = BENCH_EXIT_USAGE;
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (!only_positionals && strcmp(argument, "--") == 0) {
            only_positionals = true;
        } else if (!only_positionals && asks_for_help(argument)) {
            if (teller.told != NULL)
                teller.told(command, options, teller.context);
            else
                print_help(command, options);
            *exit_code = BENCH_EXIT_OK;
            return -1;
        } else if (!only_positionals && bench_str_starts(argument, "--")) {
            if (parse_option(command, options, argc, argv, &i) != 0)
                return usage_error(command);
        } else if (!only_positionals && strcmp(argument, "-o") == 0 &&
                   find_option(options, "output", strlen("output"))) {
            argv[i] = output_option;
            if (parse_option(command, options, argc, argv, &i) != 0)
                return usage_error(command);
        } else if (!only_positionals && argument[0] == '-' && argument[1]) {
            fprintf(stderr, "bench %s: unknown option %s; options begin with two dashes\n",
                    command->name, argument);
            return usage_error(command);
        } else if (*positional_count == max_positionals) {
            fprintf(stderr, "bench %s: one argument too many: '%s'\n", command->name, argument);
            return usage_error(command);
        } else {
            positionals[(*positional_count)++] = argument;
        }
    }
    return 0;
}
