#include "bench/cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cli/commands.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* ---- all commands with their options ---- */

static void take(const struct bench_command *command, const struct bench_option *options,
                 void *context)
{
    struct bench_help_entry *entry = context;
    entry->command = command;
    while (options[entry->count].name != NULL)
        entry->count++;
    entry->options = bench_xcalloc(entry->count + 1, sizeof *entry->options);
    for (size_t i = 0; i < entry->count; i++) {
        entry->options[i] = options[i];
        entry->options[i].value = NULL; /* of a call that is over */
    }
}

static void add(struct bench_help_entries *all, const struct bench_command *command,
                const char *part)
{
    struct bench_help_entry entry = {.command = command};
    bench_options_tell(command, part, take, &entry);
    entry.name =
        part != NULL ? bench_xprintf("%s %s", command->name, part) : bench_xstrdup(command->name);
    all->items = bench_xrealloc(all->items, (all->count + 1) * sizeof *all->items);
    all->items[all->count++] = entry;
}

static void gather(struct bench_help_entries *all)
{
    *all = (struct bench_help_entries){0};
    for (size_t i = 0; i < bench_command_count; i++) {
        const char *const *part = bench_commands[i]->parts;
        add(all, bench_commands[i], NULL);
        for (; part != NULL && *part != NULL; part++)
            add(all, bench_commands[i], *part);
    }
}

static void release(struct bench_help_entries *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].name);
        free(all->items[i].options);
    }
    free(all->items);
}

/* ---- manual pages ---- */

/* Of the build, if it says so (reproducible-builds.org), else today. */
static void today(char date[16])
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t now = epoch != NULL && epoch[0] ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, 16, "%Y-%m-%d", &utc);
}

/* <folder>/bench-history-import.1 of "history import"; bench.1 of NULL. */
static int write_page(const char *folder, const char *name, const struct bench_str *text,
                      struct bench_err *err)
{
    char *file = name != NULL ? bench_xprintf("%s/bench-%s.1", folder, name)
                              : bench_xprintf("%s/bench.1", folder);
    for (char *c = file + strlen(folder); *c; c++)
        if (*c == ' ')
            *c = '-';
    int rc = bench_file_write_atomic(file, text->data, text->len, err);
    free(file);
    return rc;
}

static int write_pages(const struct bench_help_entries *all, const char *folder)
{
    struct bench_err err = {0};
    struct bench_str text;
    char date[16];
    today(date);
    bench_str_init(&text);
    bench_help_overview_page(all, date, &text);
    int rc = write_page(folder, NULL, &text, &err);
    for (size_t i = 0; rc == BENCH_OK && i < all->count; i++) {
        bench_str_clear(&text);
        bench_help_page(&all->items[i], date, &text);
        rc = write_page(folder, all->items[i].name, &text, &err);
    }
    bench_str_fini(&text);
    if (rc != BENCH_OK)
        fprintf(stderr, "bench help: %s\n", err.message);
    return rc == BENCH_OK ? BENCH_EXIT_OK : BENCH_EXIT_SYSTEM;
}

/* ---- completion ---- */

static int print_completion(const struct bench_help_entries *all, const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(const struct bench_help_entries *all, struct bench_str *out);
    } shells[] = {{"bash", bench_help_bash}, {"zsh", bench_help_zsh}, {"fish", bench_help_fish}};
    struct bench_str text;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shell, shells[i].shell) != 0)
            continue;
        bench_str_init(&text);
        shells[i].write(all, &text);
        fputs(text.data, stdout);
        bench_str_fini(&text);
        return BENCH_EXIT_OK;
    }
    fprintf(stderr, "bench help: --completion is bash, zsh or fish, not '%s'\n", shell);
    return BENCH_EXIT_USAGE;
}

int bench_help_write(int argc, char **argv)
{
    struct bench_help_entries all;
    bool man = strcmp(argv[1], "--man") == 0, completion = strcmp(argv[1], "--completion") == 0;
    if (argc != 3 || (!man && !completion)) {
        fprintf(stderr, "usage: bench help [COMMAND]\n"
                        "       bench help --man DIR\n"
                        "       bench help --completion {bash,zsh,fish}\n");
        return BENCH_EXIT_USAGE;
    }
    gather(&all);
    int code = man ? write_pages(&all, argv[2]) : print_completion(&all, argv[2]);
    release(&all);
    return code;
}
