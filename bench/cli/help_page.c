/* Manual pages in man(7), from the tables that --help prints. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/help.h"
#include "bench/util/mem.h"

/* Lines of the source; mandoc -Tlint asks for less than 80. */
#define LINE 76

/* One word: hyphens stay hyphens when they are copied, backslashes are themselves. */
static void add_word(struct bench_str *out, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\')
            bench_str_add(out, "\\e");
        else if (word[i] == '-')
            bench_str_add(out, "\\-");
        else
            bench_str_addc(out, word[i]);
    }
}

/* Running text up to `end`, wrapped. A line that begins with '.' or '\'' would be a request. */
static void add_running(struct bench_str *out, const char *text, const char *end)
{
    size_t start = out->len;
    while (text < end) {
        text += strspn(text, " \n");
        size_t n = strcspn(text, " \n");
        if (text >= end || n == 0)
            break;
        bool first = out->len == start;
        if (!first && out->len - start + n + 1 > LINE) {
            bench_str_addc(out, '\n');
            start = out->len;
            first = true;
        }
        if (!first)
            bench_str_addc(out, ' ');
        else if (*text == '.' || *text == '\'')
            bench_str_add(out, "\\&");
        add_word(out, text, n);
        text += n;
    }
    bench_str_addc(out, '\n');
}

/* As the help has it: an empty line ends a paragraph, an indented line or one that begins with '-'
 * ends a line; other line breaks are those of the source code. */
static void add_paragraphs(struct bench_str *out, const char *text)
{
    text += strspn(text, "\n");
    while (*text) {
        const char *end = text;
        while (*end && !(end[0] == '\n' && (end[1] == '\n' || end[1] == ' ' || end[1] == '-')))
            end++;
        add_running(out, text, end);
        bool paragraph = end[0] == '\n' && end[1] == '\n';
        text = end + strspn(end, "\n ");
        if (*text)
            bench_str_add(out, paragraph ? ".PP\n" : ".br\n");
    }
}

static void add_upper(struct bench_str *out, const char *name)
{
    for (; *name; name++)
        if (*name == ' ')
            bench_str_add(out, "\\-");
        else if (*name == '-')
            bench_str_add(out, "\\-");
        else
            bench_str_addc(out, (char)toupper((unsigned char)*name));
}

static void add_title(struct bench_str *out, const char *name, const char *date)
{
    bench_str_add(out, ".\\\" Made by `bench help --man` from the tables of options.\n.TH BENCH");
    if (name != NULL) {
        bench_str_add(out, "\\-");
        add_upper(out, name);
    }
    bench_str_addf(out, " 1 %s \"bench %s\" \"bench manual\"\n.SH NAME\nbench", date,
                   BENCH_VERSION);
    for (const char *c = name; c != NULL && *c; c++)
        bench_str_addf(out, "%s%s%c", c == name ? "\\-" : "", *c == ' ' || *c == '-' ? "\\" : "",
                       *c == ' ' ? '-' : *c);
    bench_str_add(out, " \\-\n");
}

/* The usage: one line a way to call it. */
static void add_synopsis(struct bench_str *out, const char *usage)
{
    bench_str_add(out, ".SH SYNOPSIS\n.nf\nbench ");
    for (const char *p = usage; *p;) {
        size_t n = strcspn(p, "\n");
        add_word(out, p, n);
        p += n;
        if (*p) {
            bench_str_addc(out, '\n');
            p += 1 + strspn(p + 1, " ");
        }
    }
    bench_str_add(out, "\n.fi\n");
}

static void add_option(struct bench_str *out, const struct bench_option *o)
{
    bench_str_add(out, ".TP\n\\fB\\-\\-");
    add_word(out, o->name, strlen(o->name));
    bench_str_add(out, "\\fR");
    if (o->argument != NULL) {
        bench_str_add(out, o->type == BENCH_OPTION_COUNT ? "[=\\fI" : " \\fI");
        add_word(out, o->argument, strlen(o->argument));
        bench_str_add(out, o->type == BENCH_OPTION_COUNT ? "\\fR]" : "\\fR");
    }
    bench_str_addc(out, '\n');
    add_running(out, o->help, o->help + strlen(o->help));
}

/* "Say what this host has." as the line that whatis shows: without the last stop. */
static void add_summary(struct bench_str *out, const char *summary)
{
    size_t n = strlen(summary);
    n -= n > 0 && summary[n - 1] == '.';
    char *text = bench_xprintf("%.*s", (int)n, summary);
    add_running(out, text, text + n);
    free(text);
}

void bench_help_page(const struct bench_help_entry *entry, const char *date, struct bench_str *out)
{
    add_title(out, entry->name, date);
    add_summary(out, entry->command->summary);
    add_synopsis(out, entry->command->usage);
    bench_str_add(out, ".SH DESCRIPTION\n");
    add_paragraphs(out,
                   entry->command->details ? entry->command->details : entry->command->summary);
    bench_str_add(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < entry->count; i++)
        add_option(out, &entry->options[i]);
    bench_str_add(out, ".TP\n\\fB\\-\\-help\\fR\nPrint the options and exit.\n"
                       ".SH SEE ALSO\n.BR bench (1)\n");
}

void bench_help_overview_page(const struct bench_help_entries *all, const char *date,
                              struct bench_str *out)
{
    add_title(out, NULL, date);
    bench_str_add(out, "measures GPU kernels, decides which ones earn their place, imports those\n"
                       ".SH SYNOPSIS\n.nf\nbench COMMAND [options]\nbench help [COMMAND]\n"
                       "bench help \\-\\-man DIR\n"
                       "bench help \\-\\-completion {bash,zsh,fish}\n.fi\n.SH COMMANDS\n");
    for (size_t i = 0; i < all->count; i++) {
        bench_str_add(out, ".TP\n\\fBbench ");
        add_word(out, all->items[i].name, strlen(all->items[i].name));
        bench_str_add(out, "\\fR\n");
        add_running(out, all->items[i].command->summary,
                    all->items[i].command->summary + strlen(all->items[i].command->summary));
    }
    bench_str_add(out, ".SH EXIT STATUS\n"
                       "0 fine; 1 done, but something is wrong, failed or became worse;\n"
                       "2 bad usage or bad input; 3 no such device;\n"
                       "4 the system refused; 130 interrupted.\n"
                       "Each command's page says what that means there.\n"
                       ".SH ENVIRONMENT\n"
                       ".TP\n\\fBBENCH_HOME\\fR\nThe folder with kernels/ and configs/.\n"
                       ".TP\n\\fBBENCH_CACHE\\fR\nCompiled kernels and what devices can do\n"
                       "(default: $XDG_CACHE_HOME/bench, else ~/.cache/bench).\n"
                       ".TP\n\\fBBENCH_HISTORY\\fR\nThe history's file; empty: none.\n"
                       ".TP\n\\fBBENCH_PYTHON\\fR\nThe interpreter for operators in Python.\n"
                       ".TP\n\\fBNO_COLOR\\fR\nIf it is not empty, nothing is coloured.\n"
                       ".SH SEE ALSO\n");
    for (size_t i = 0; i < all->count; i++) {
        bench_str_add(out, ".BR bench\\-");
        for (const char *c = all->items[i].name; *c; c++)
            bench_str_addf(out, "%s%c", *c == ' ' || *c == '-' ? "\\" : "", *c == ' ' ? '-' : *c);
        bench_str_addf(out, " (1)%s\n", i + 1 < all->count ? "," : "");
    }
}
