/* bench: finds the sub-command and hands over. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/help.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

static void print_overview(FILE *out)
{
    fprintf(out, "Usage: bench COMMAND [options]\n\n"
                 "Measures GPU kernels, decides which ones earn their place, imports those.\n\n"
                 "Commands:\n");
    for (size_t i = 0; i < bench_command_count; i++)
        fprintf(out, "  %-12s %s\n", bench_commands[i]->name, bench_commands[i]->summary);
    fprintf(out,
            "\n'bench help COMMAND' or 'bench COMMAND --help' says what its options are.\n"
            "'bench --version' prints the version. 'bench help --man DIR' writes manual pages,\n"
            "'bench help --completion {bash,zsh,fish}' prints completion for a shell.\n");
}

static int unknown_command(const char *name)
{
    const char **names = bench_xmalloc((bench_command_count + 1) * sizeof(*names));
    for (size_t i = 0; i < bench_command_count; i++)
        names[i] = bench_commands[i]->name;
    names[bench_command_count] = "help";
    const char *near = bench_str_nearest(name, names, bench_command_count + 1);
    fprintf(stderr, "bench: unknown command '%s'", name);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, "\nusage: bench COMMAND [options] (see 'bench help')\n");
    free(names);
    return BENCH_EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    const struct bench_command *command = bench_command_find(argv[0]);
    return command ? command->run(command, argc, argv) : unknown_command(argv[0]);
}

static int help(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "--", 2) == 0 && strcmp(argv[1], "--help") != 0)
        return bench_help_write(argc, argv);
    if (argc > 2) {
        fprintf(stderr,
                "bench help: one argument too many: '%s'\n"
                "usage: bench help [COMMAND]\n",
                argv[2]);
        return BENCH_EXIT_USAGE;
    }
    if (argc == 1 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        print_overview(stdout);
        return BENCH_EXIT_OK;
    }
    char option[] = "--help";
    char *help_argv[] = {argv[1], option, NULL};
    return run_command(2, help_argv);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return BENCH_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("bench " BENCH_VERSION);
        return BENCH_EXIT_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return BENCH_EXIT_OK;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 1, argv + 1);
    return run_command(argc - 1, argv + 1);
}

/* What was closed before we were started (bench run >&-) would be given to the next file that is
 * opened: what is printed would land in a journal, and pipes to workers would be taken for it. The
 * wrong way round, what takes its place still says that it cannot be written, or read. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            exit(BENCH_EXIT_SYSTEM); /* with nobody to tell */
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    int code = dispatch(argc, argv);
    /* What was printed may not have arrived (a full disk): that is no success. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == BENCH_EXIT_OK) {
        fprintf(stderr, "bench: standard output cannot be written: %s\n", strerror(errno));
        code = BENCH_EXIT_SYSTEM;
    }
    return code;
}
