#include "importer/git.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

/* A commit may run the user's hooks, which format and lint. */
#define GIT_TIMEOUT_MS 600000
#define MAX_ARGUMENTS 16

int import_git(const char *tree, const char *const *arguments, const char *input,
               struct bench_process_result *result, struct bench_err *err)
{
    const char *argv[MAX_ARGUMENTS] = {"git", "-C", tree};
    size_t count = 3;
    for (size_t i = 0; arguments[i] != NULL && count + 1 < MAX_ARGUMENTS; i++) {
        argv[count++] = arguments[i];
    }
    const char *env[] = {"LC_ALL=C", NULL};
    struct bench_process_spec spec = {.argv = argv,
                                      .env = env,
                                      .input = input,
                                      .input_length = input != NULL ? strlen(input) : 0,
                                      .timeout_ms = GIT_TIMEOUT_MS};
    int rc = bench_process_run(&spec, result, err);
    if (rc == BENCH_ENOTFOUND) {
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "git is not installed (not found in PATH); --branch and --commit need "
                             "it");
    }
    if (rc == 0 && (result->timed_out || result->signal != 0)) {
        return bench_err_set(err, BENCH_ERROR, "git %s did not come back", arguments[0]);
    }
    return rc == 0 ? result->exit_code : rc;
}

/* Text without blanks at its end; the caller frees. */
static char *trimmed(const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return bench_xprintf("%.*s", (int)length, text);
}

int import_git_must(const char *tree, const char *const *arguments, const char *input, char **out,
                    struct bench_err *err)
{
    struct bench_process_result result;
    int rc = import_git(tree, arguments, input, &result, err);
    if (rc > 0) {
        char *said = trimmed(result.err[0] != '\0' ? result.err : result.out);
        rc = bench_err_set(err, BENCH_ERROR, "git %s failed in %s: %s", arguments[0], tree, said);
        free(said);
    } else if (rc == 0 && out != NULL) {
        *out = trimmed(result.out);
    }
    bench_process_result_fini(&result);
    return rc;
}

int import_git_asks(const char *tree, const char *const *arguments, bool *yes,
                    struct bench_err *err)
{
    struct bench_process_result result;
    int rc = import_git(tree, arguments, NULL, &result, err);
    bench_process_result_fini(&result);
    *yes = rc == 0;
    return rc < 0 ? rc : BENCH_OK;
}

/* ---- whether it can take a branch or a commit now ---- */

static int check_author(const char *tree, struct bench_err *err)
{
    bool known = false;
    int rc = import_git_asks(tree, GIT("var", "GIT_AUTHOR_IDENT"), &known, err);
    return rc != 0 || known
               ? rc
               : bench_err_set(err, BENCH_EINPUT,
                               "git does not know who commits; tell it with git config user.name "
                               "and git config user.email");
}

static int check_checkout(const char *tree, struct bench_err *err)
{
    bool is_tree = false;
    bool has_head = false;
    int rc = import_git_asks(tree, GIT("rev-parse", "--is-inside-work-tree"), &is_tree, err);
    rc = rc == 0 ? import_git_asks(tree, GIT("rev-parse", "--verify", "--quiet", "HEAD"), &has_head,
                                   err)
                 : rc;
    return rc != 0 || (is_tree && has_head)
               ? rc
               : bench_err_set(err, BENCH_EINPUT,
                               "%s is no git checkout with a commit, so there can be no branch or "
                               "commit; leave out --branch and --commit",
                               tree);
}

static int check_staged(const char *tree, struct bench_err *err)
{
    bool is_clean = false;
    int rc = import_git_asks(tree, GIT("diff", "--cached", "--quiet"), &is_clean, err);
    return rc != 0 || is_clean
               ? rc
               : bench_err_set(err, BENCH_EINPUT,
                               "%s has staged changes, which would become part of the commit; "
                               "commit them, or unstage them (git restore --staged .)",
                               tree);
}

static int check_quiet(const char *tree, struct bench_err *err)
{
    static const char *const files[] = {"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
                                        "rebase-merge", "rebase-apply"};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char *path = NULL;
        int rc = import_git_must(tree, GIT("rev-parse", "--git-path", files[i]), NULL, &path, err);
        if (path == NULL) {
            return rc;
        }
        char *full = path[0] == '/' ? bench_xstrdup(path) : bench_path_join(tree, path);
        bool there = bench_file_exists(full) || bench_file_is_dir(full);
        free(full);
        free(path);
        if (there) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s is in the middle of a merge, rebase or cherry-pick; finish it "
                                 "first",
                                 tree);
        }
    }
    return BENCH_OK;
}

int import_git_check(const char *tree, bool commit, struct bench_err *err)
{
    int rc = check_checkout(tree, err);
    rc = rc == 0 ? check_quiet(tree, err) : rc;
    rc = rc == 0 && commit ? check_staged(tree, err) : rc;
    return rc == 0 && commit ? check_author(tree, err) : rc;
}
