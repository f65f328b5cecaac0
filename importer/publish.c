#include "importer/publish.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "bench/util/str.h"

/* A commit may run the user's hooks, which format and lint. */
#define GIT_TIMEOUT_MS 600000
#define MAX_ARGUMENTS 16

/* Runs `git -C <tree> ...`, which reads `input`. Returns git's exit code, or a negative error. The
 * caller calls _fini on the result in every case. */
static int git(const struct bench_import *plan, const char *const *arguments, const char *input,
               struct bench_process_result *result, struct bench_err *err)
{
    const char *argv[MAX_ARGUMENTS] = {"git", "-C", plan->tree.root};
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

/* The same for git commands that must succeed. *out (may be NULL) is what it said; the caller
 * frees.
 */
static int git_must(const struct bench_import *plan, const char *const *arguments,
                    const char *input, char **out, struct bench_err *err)
{
    struct bench_process_result result;
    int rc = git(plan, arguments, input, &result, err);
    if (rc > 0) {
        char *said = trimmed(result.err[0] != '\0' ? result.err : result.out);
        rc = bench_err_set(err, BENCH_ERROR, "git %s failed in %s: %s", arguments[0],
                           plan->tree.root, said);
        free(said);
    } else if (rc == 0 && out != NULL) {
        *out = trimmed(result.out);
    }
    bench_process_result_fini(&result);
    return rc;
}

/* git's yes (0) or no (1). */
static int git_asks(const struct bench_import *plan, const char *const *arguments, bool *yes,
                    struct bench_err *err)
{
    struct bench_process_result result;
    int rc = git(plan, arguments, NULL, &result, err);
    bench_process_result_fini(&result);
    *yes = rc == 0;
    return rc < 0 ? rc : BENCH_OK;
}

#define GIT(...) ((const char *const[]){__VA_ARGS__, NULL})

static char *path_list(const struct bench_import *plan)
{
    struct bench_str text;
    bench_str_init(&text);
    for (size_t i = 0; i < plan->tree.count; i++) {
        bench_str_addf(&text, "%s\n", plan->tree.changes[i].path);
    }
    return text.data; /* the caller frees */
}

static bool is_planned(const struct bench_import *plan, const char *path)
{
    for (size_t i = 0; i < plan->tree.count; i++) {
        if (strcmp(plan->tree.changes[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* What the user has not committed of the files that the plan writes would become part of the
 * import's commit. */
static int check_planned_files(const struct bench_import *plan, struct bench_err *err)
{
    char *status = NULL;
    char *prefix = NULL; /* of the tree in its repository: paths of the status begin with it */
    int rc = git_must(plan, GIT("rev-parse", "--show-prefix"), NULL, &prefix, err);
    size_t skip = prefix != NULL ? strlen(prefix) : 0;
    rc = rc != 0 ? rc
                 : git_must(plan,
                            GIT("-c", "core.quotePath=false", "status", "--porcelain",
                                "--untracked-files=all"),
                            NULL, &status, err);
    char *rest = NULL;
    for (char *line = rc == 0 ? strtok_r(status, "\n", &rest) : NULL; rc == 0 && line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *path = strlen(line) > 3 ? line + 3 : "";
        path += skip > 0 && strncmp(path, prefix, skip) == 0 ? skip : 0;
        if (is_planned(plan, path)) {
            rc = bench_err_set(err, BENCH_EINPUT,
                               "%s has changes that are not committed, and the import's commit "
                               "would take them along; commit or stash them first",
                               path);
        }
    }
    free(status);
    free(prefix);
    return rc;
}

/* What git ignores it does not commit: half of an import would be in the commit. */
static int check_not_ignored(const struct bench_import *plan, struct bench_err *err)
{
    struct bench_process_result result;
    char *paths = path_list(plan);
    int rc = git(plan, GIT("check-ignore", "--stdin"), paths, &result, err);
    if (rc == 0) { /* 1: it ignores none of them */
        rc = bench_err_set(err, BENCH_EINPUT,
                           "git ignores %.*s (.gitignore, .git/info/exclude), so it could not be "
                           "committed; have it not ignored, or import without --commit",
                           (int)strcspn(result.out, "\n"), result.out);
    } else if (rc > 0) {
        rc = BENCH_OK;
    }
    bench_process_result_fini(&result);
    free(paths);
    return rc;
}

static int check_author(const struct bench_import *plan, struct bench_err *err)
{
    bool known = false;
    int rc = git_asks(plan, GIT("var", "GIT_AUTHOR_IDENT"), &known, err);
    return rc != 0 || known
               ? rc
               : bench_err_set(err, BENCH_EINPUT,
                               "git does not know who commits; tell it with git config user.name "
                               "and git config user.email");
}

static int check_branch(const struct bench_import *plan, const char *branch, bool *is_current,
                        struct bench_err *err)
{
    bool valid = false;
    bool exists = false;
    char *current = NULL;
    char *ref = bench_xprintf("refs/heads/%s", branch);
    int rc = git_asks(plan, GIT("check-ref-format", "--branch", branch), &valid, err);
    rc = rc == 0 ? git_asks(plan, GIT("show-ref", "--verify", "--quiet", ref), &exists, err) : rc;
    rc = rc == 0 ? git_must(plan, GIT("branch", "--show-current"), NULL, &current, err) : rc;
    free(ref);
    *is_current = current != NULL && strcmp(current, branch) == 0;
    if (rc == 0 && !valid) {
        rc = bench_err_set(err, BENCH_EINPUT, "--branch: '%s' is no name for a branch of git",
                           branch);
    } else if (rc == 0 && exists && !*is_current) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--branch: the branch '%s' exists and is not checked out; check it out "
                           "(git switch %s), or name another",
                           branch, branch);
    }
    free(current);
    return rc;
}

static int check_quiet(const struct bench_import *plan, struct bench_err *err)
{
    static const char *const files[] = {"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
                                        "rebase-merge", "rebase-apply"};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char *path = NULL;
        int rc = git_must(plan, GIT("rev-parse", "--git-path", files[i]), NULL, &path, err);
        if (path == NULL) {
            return rc;
        }
        char *full = path[0] == '/' ? bench_xstrdup(path) : bench_path_join(plan->tree.root, path);
        bool there = bench_file_exists(full) || bench_file_is_dir(full);
        free(full);
        free(path);
        if (there) {
            return bench_err_set(err, BENCH_EINPUT,
                                 "%s is in the middle of a merge, rebase or cherry-pick; finish it "
                                 "first",
                                 plan->tree.root);
        }
    }
    return BENCH_OK;
}

int bench_publish_check(const struct bench_import *plan, const char *branch, bool commit,
                        struct bench_err *err)
{
    bool is_tree = false;
    bool has_head = false;
    bool is_clean = false;
    bool is_current = false;
    int rc = git_asks(plan, GIT("rev-parse", "--is-inside-work-tree"), &is_tree, err);
    rc = rc == 0 ? git_asks(plan, GIT("rev-parse", "--verify", "--quiet", "HEAD"), &has_head, err)
                 : rc;
    if (rc == 0 && (!is_tree || !has_head)) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s is no git checkout with a commit, so there can be no branch or "
                             "commit; import without --branch and --commit",
                             plan->tree.root);
    }
    rc = rc == 0 ? check_quiet(plan, err) : rc;
    rc = rc == 0 && branch != NULL ? check_branch(plan, branch, &is_current, err) : rc;
    if (rc != 0 || !commit) {
        return rc;
    }
    rc = git_asks(plan, GIT("diff", "--cached", "--quiet"), &is_clean, err);
    if (rc == 0 && !is_clean) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s has staged changes, which would become part of the import's "
                             "commit; commit them, or unstage them (git restore --staged .)",
                             plan->tree.root);
    }
    rc = rc == 0 ? check_planned_files(plan, err) : rc;
    rc = rc == 0 && plan->tree.count > 0 ? check_not_ignored(plan, err) : rc;
    return rc == 0 ? check_author(plan, err) : rc;
}

int bench_publish_branch(const struct bench_import *plan, const char *branch, char **previous,
                         struct bench_err *err)
{
    bool is_current = false;
    char *name = NULL;
    *previous = NULL;
    int rc = check_branch(plan, branch, &is_current, err);
    if (rc != 0 || is_current) {
        return rc;
    }
    rc = git_must(plan, GIT("rev-parse", "--abbrev-ref", "HEAD"), NULL, &name, err);
    if (name != NULL && strcmp(name, "HEAD") == 0) { /* no branch: a commit was checked out */
        free(name);
        name = NULL;
        rc = git_must(plan, GIT("rev-parse", "HEAD"), NULL, &name, err);
    }
    rc = rc == 0 ? git_must(plan, GIT("checkout", "--quiet", "-b", branch), NULL, NULL, err) : rc;
    if (rc != 0) {
        free(name);
        return rc;
    }
    *previous = name;
    return BENCH_OK;
}

int bench_publish_unbranch(const struct bench_import *plan, const char *branch,
                           const char *previous, struct bench_err *err)
{
    int rc = git_must(plan, GIT("checkout", "--quiet", previous), NULL, NULL, err);
    return rc == 0 ? git_must(plan, GIT("branch", "--quiet", "-D", branch), NULL, NULL, err) : rc;
}

int bench_publish_commit(const struct bench_import *plan, const struct bench_verify *tests,
                         char **commit, struct bench_err *err)
{
    char *paths = path_list(plan);
    char *message = bench_publish_message(plan, tests);
    int rc = git_must(plan, GIT("add", "--pathspec-from-file=-"), paths, NULL, err);
    rc = rc == 0 ? git_must(plan, GIT("commit", "--quiet", "--file=-"), message, NULL, err) : rc;
    rc = rc == 0 ? git_must(plan, GIT("rev-parse", "HEAD"), NULL, commit, err) : rc;
    free(message);
    free(paths);
    return rc;
}
