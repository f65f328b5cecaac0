/* Completion for shells, from the tables that --help prints. Paths are completed where a command
 * takes files or folders, words where the help lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/help.h"
#include "bench/util/mem.h"

#define WORDS_MOST 200

/* What an option's argument may be: words, separated by blanks; "" for a path; NULL for anything.
 */
static const char *words_of(const struct bench_option *o, char room[WORDS_MOST])
{
    static const struct {
        const char *argument, *words;
    } known[] = {{"FILE", ""},
                 {"DIR", ""},
                 {"RUN", ""},
                 {"NIGHT", ""},
                 {"JSON", ""},
                 {"PROGRAM", ""},
                 {"FLAGGEMS", ""},
                 {"SUITE", ""},
                 {"{1,2}", "1 2"},
                 {"DEVICE", "auto cuda cpu null"},
                 {"DTYPE", "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool"},
                 {"STEP", "validate select compare history report"}};
    for (size_t i = 0; o->argument != NULL && i < sizeof known / sizeof *known; i++)
        if (strcmp(o->argument, known[i].argument) == 0)
            return known[i].words;
    if (o->type != BENCH_OPTION_CHOICE)
        return NULL;
    snprintf(room, WORDS_MOST, "%s", o->argument);
    for (char *bar = room; (bar = strchr(bar, '|')) != NULL;)
        *bar = ' ';
    return room;
}

static bool takes_value(const struct bench_option *o)
{
    return o->type != BENCH_OPTION_FLAG && o->type != BENCH_OPTION_COUNT;
}

/* The help up to its first stop, with what `escape` names escaped by a backslash. */
static void add_sentence(struct bench_str *out, const char *help, const char *escape)
{
    const char *end = help;
    while (*end && !(end[0] == '.' && (end[1] == ' ' || end[1] == '\0')) && *end != '(' &&
           *end != '\n')
        end++;
    while (end > help && end[-1] == ' ')
        end--;
    for (const char *c = help; c < end; c++) {
        if (strchr(escape, *c) != NULL)
            bench_str_addc(out, '\\');
        bench_str_addc(out, *c);
    }
}

/* "import" of "history import"; NULL of a command that is not below another. */
static const char *part_of(const struct bench_help_entry *entry)
{
    const char *blank = strchr(entry->name, ' ');
    return blank != NULL ? blank + 1 : NULL;
}

/* Length of "history" of "history import". */
static int above_of(const struct bench_help_entry *entry)
{
    return (int)strcspn(entry->name, " ");
}

/* ---- bash ---- */

static void add_bash_options(const struct bench_help_entry *e, struct bench_str *out)
{
    bench_str_addf(out, "        '%s')\n            options='", e->name);
    for (size_t i = 0; i < e->count; i++)
        bench_str_addf(out, "--%s ", e->options[i].name);
    bench_str_add(out, "--help'\n            case $previous in\n");
    for (size_t i = 0; i < e->count; i++) {
        char room[WORDS_MOST];
        const char *words = words_of(&e->options[i], room);
        if (!takes_value(&e->options[i]))
            continue;
        bench_str_addf(out, "                --%s) value=yes words='%s' files=%s ;;\n",
                       e->options[i].name, words ? words : "",
                       words != NULL && !words[0] ? "yes" : "");
    }
    bench_str_add(out, "            esac ;;\n");
}

void bench_help_bash(const struct bench_help_entries *all, struct bench_str *out)
{
    bench_str_add(out, "# bash completion for bench, made by `bench help --completion bash`.\n"
                       "_bench()\n{\n"
                       "    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
                       "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                       "    local options='' words='' files='' value=''\n"
                       "    local commands='");
    for (size_t i = 0; i < all->count; i++)
        if (part_of(&all->items[i]) == NULL)
            bench_str_addf(out, "%s ", all->items[i].name);
    bench_str_add(out, "help'\n    COMPREPLY=()\n"
                       "    # `--option=value` comes in three words\n"
                       "    if [[ $current == = ]]; then\n        current=''\n"
                       "    elif [[ $previous == = ]]; then\n"
                       "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n    fi\n"
                       "    if ((COMP_CWORD == 1)); then\n"
                       "        COMPREPLY=($(compgen -W \"$commands --version --help\" -- "
                       "\"$current\"))\n        return\n    fi\n");
    for (size_t i = 0; i < all->count; i++)
        if (part_of(&all->items[i]) != NULL)
            bench_str_addf(out,
                           "    [[ \"$command ${COMP_WORDS[2]}\" == '%s' ]] && "
                           "((COMP_CWORD > 2)) && command='%s'\n",
                           all->items[i].name, all->items[i].name);
    bench_str_add(out, "    case $command in\n");
    for (size_t i = 0; i < all->count; i++)
        add_bash_options(&all->items[i], out);
    bench_str_add(out, "        help) words=$commands value=yes ;;\n    esac\n"
                       "    if [[ $value ]]; then\n"
                       "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                       "        if [[ $files ]]; then\n"
                       "            compopt -o filenames 2>/dev/null\n"
                       "            COMPREPLY=($(compgen -f -- \"$current\"))\n        fi\n"
                       "    elif [[ $current == -* ]]; then\n"
                       "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                       "    else\n"
                       "        compopt -o filenames 2>/dev/null\n"
                       "        COMPREPLY=($(compgen -f -- \"$current\"))\n");
    for (size_t i = 0; i < all->count; i++)
        if (part_of(&all->items[i]) != NULL)
            bench_str_addf(out,
                           "        [[ $command == '%.*s' ]] && "
                           "COMPREPLY+=($(compgen -W '%s' -- \"$current\"))\n",
                           above_of(&all->items[i]), all->items[i].name, part_of(&all->items[i]));
    bench_str_add(out, "    fi\n    return 0\n}\ncomplete -F _bench bench\n");
}

/* ---- zsh ---- */

static void add_zsh_option(const struct bench_option *o, struct bench_str *out)
{
    char room[WORDS_MOST];
    const char *words = words_of(o, room);
    bench_str_addf(out, "                '%s--%s%s[", o->type == BENCH_OPTION_STRINGS ? "*" : "",
                   o->name, takes_value(o) ? "=" : "");
    struct bench_str sentence;
    bench_str_init(&sentence);
    add_sentence(&sentence, o->help, "[]:\\");
    for (const char *c = sentence.data; *c; c++)
        bench_str_add(out, *c == '\'' ? "'\\''" : (char[]){*c, '\0'});
    bench_str_fini(&sentence);
    bench_str_addc(out, ']');
    if (takes_value(o))
        bench_str_addf(out, ":%s:%s%s%s", o->name,
                       words == NULL ? " "
                       : words[0]    ? "("
                                     : "_files",
                       words ? words : "", words != NULL && words[0] ? ")" : "");
    bench_str_add(out, "' \\\n");
}

static void add_zsh_command(const struct bench_help_entry *e, struct bench_str *out)
{
    bench_str_addf(out, "        '%s')\n            _arguments -s \\\n", e->name);
    for (size_t i = 0; i < e->count; i++)
        add_zsh_option(&e->options[i], out);
    bench_str_add(out, "                '--help[Print the options]' \\\n");
    const char *const *part = part_of(e) == NULL ? e->command->parts : NULL;
    for (size_t i = 0; part != NULL && part[i] != NULL; i++)
        bench_str_addf(out, "%s%s", i == 0 ? "                '1:part:(" : " ", part[i]);
    bench_str_add(out, part != NULL ? ")' ;;\n" : "                '*:file:_files' ;;\n");
}

void bench_help_zsh(const struct bench_help_entries *all, struct bench_str *out)
{
    bench_str_add(out, "#compdef bench\n"
                       "# zsh completion for bench, made by `bench help --completion zsh`.\n"
                       "_bench()\n{\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < all->count; i++) {
        if (part_of(&all->items[i]) != NULL)
            continue;
        bench_str_addf(out, "        \"%s:", all->items[i].name);
        add_sentence(out, all->items[i].command->summary, "\"$`\\:");
        bench_str_add(out, "\"\n");
    }
    bench_str_add(out, "        \"help:Say what the options of a command are\"\n    )\n"
                       "    if ((CURRENT == 2)); then\n"
                       "        _describe command commands\n        return\n    fi\n"
                       "    local command=$words[2]\n    shift words\n    ((CURRENT--))\n");
    for (size_t i = 0; i < all->count; i++)
        if (part_of(&all->items[i]) != NULL)
            bench_str_addf(out,
                           "    if [[ \"$command $words[2]\" == '%s' ]] && ((CURRENT > 2)); then\n"
                           "        command='%s'\n        shift words\n        ((CURRENT--))\n"
                           "    fi\n",
                           all->items[i].name, all->items[i].name);
    bench_str_add(out, "    case $command in\n");
    for (size_t i = 0; i < all->count; i++)
        add_zsh_command(&all->items[i], out);
    bench_str_add(out, "        help) _describe command commands ;;\n    esac\n}\n"
                       "# Loaded by compinit as a function, or sourced.\n"
                       "if [[ $funcstack[1] == _bench ]]; then\n    _bench \"$@\"\n"
                       "else\n    compdef _bench bench\nfi\n");
}

/* ---- fish ---- */

static void add_fish_quoted(struct bench_str *out, const char *help)
{
    bench_str_addc(out, '\'');
    add_sentence(out, help, "'\\");
    bench_str_addc(out, '\'');
}

static void add_fish_options(const struct bench_help_entry *e, struct bench_str *out)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct bench_option *o = &e->options[i];
        char room[WORDS_MOST];
        const char *words = words_of(o, room);
        bench_str_addf(out, "complete -c bench -n '__bench_at %s' -l %s -d ", e->name, o->name);
        add_fish_quoted(out, o->help);
        if (takes_value(o) && words != NULL && !words[0])
            bench_str_add(out, " -r -F");
        else if (takes_value(o))
            bench_str_addf(out, " -x -a '%s'", words ? words : "");
        bench_str_addc(out, '\n');
    }
}

/* The function that says which command stands on the line. */
static void add_fish_function(const struct bench_help_entries *all, struct bench_str *out)
{
    bench_str_add(out, "function __bench_at --argument-names command part\n"
                       "    set -l words (commandline -opc)\n    set -l below ''\n"
                       "    contains -- \"$words[2] $words[3]\"");
    for (size_t i = 0; i < all->count; i++)
        if (part_of(&all->items[i]) != NULL)
            bench_str_addf(out, " '%s'", all->items[i].name);
    bench_str_add(out, "; and set below $words[3]\n"
                       "    test \"$words[2]\" = \"$command\" -a \"$below\" = \"$part\"\nend\n");
}

void bench_help_fish(const struct bench_help_entries *all, struct bench_str *out)
{
    bench_str_add(out, "# fish completion for bench, made by `bench help --completion fish`.\n");
    add_fish_function(all, out);
    for (size_t i = 0; i < all->count; i++) {
        const struct bench_help_entry *e = &all->items[i];
        const char *part = part_of(e);
        const char *name = part != NULL ? part : e->name;
        if (part == NULL)
            bench_str_add(out, "complete -c bench -n __fish_use_subcommand -f");
        else
            bench_str_addf(out, "complete -c bench -n '__bench_at %.*s'", above_of(e), e->name);
        bench_str_addf(out, " -a %s -d ", name);
        add_fish_quoted(out, e->command->summary);
        if (part == NULL)
            bench_str_addf(out, "\ncomplete -c bench -n '__bench_at help' -f -a %s", name);
        bench_str_addc(out, '\n');
        add_fish_options(e, out);
    }
    bench_str_add(out, "complete -c bench -n __fish_use_subcommand -f -a help -d "
                       "'Say what the options of a command are'\n");
}
