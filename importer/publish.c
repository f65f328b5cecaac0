#include "importer/publish.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "importer/git.h"

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
    int rc =
        import_git_must(plan->tree.root, GIT("rev-parse", "--show-prefix"), NULL, &prefix, err);
    size_t skip = prefix != NULL ? strlen(prefix) : 0;
    rc = rc != 0 ? rc
                 : import_git_must(plan->tree.root,
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
    int rc = import_git(plan->tree.root, GIT("check-ignore", "--stdin"), paths, &result, err);
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

static int check_branch(const struct bench_import *plan, const char *branch, bool *is_current,
                        struct bench_err *err)
{
    bool valid = false;
    bool exists = false;
    char *current = NULL;
    char *ref = bench_xprintf("refs/heads/%s", branch);
    int rc =
        import_git_asks(plan->tree.root, GIT("check-ref-format", "--branch", branch), &valid, err);
    rc = rc == 0 ? import_git_asks(plan->tree.root, GIT("show-ref", "--verify", "--quiet", ref),
                                   &exists, err)
                 : rc;
    rc = rc == 0 ? import_git_must(plan->tree.root, GIT("branch", "--show-current"), NULL, &current,
                                   err)
                 : rc;
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

int bench_publish_check(const struct bench_import *plan, const char *branch, bool commit,
                        struct bench_err *err)
{
    bool is_current = false;
    int rc = import_git_check(plan->tree.root, commit, err);
    rc = rc == 0 && branch != NULL ? check_branch(plan, branch, &is_current, err) : rc;
    rc = rc == 0 && commit ? check_planned_files(plan, err) : rc;
    return rc == 0 && commit && plan->tree.count > 0 ? check_not_ignored(plan, err) : rc;
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
    rc = import_git_must(plan->tree.root, GIT("rev-parse", "--abbrev-ref", "HEAD"), NULL, &name,
                         err);
    if (name != NULL && strcmp(name, "HEAD") == 0) { /* no branch: a commit was checked out */
        free(name);
        name = NULL;
        rc = import_git_must(plan->tree.root, GIT("rev-parse", "HEAD"), NULL, &name, err);
    }
    rc = rc == 0 ? import_git_must(plan->tree.root, GIT("checkout", "--quiet", "-b", branch), NULL,
                                   NULL, err)
                 : rc;
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
    int rc =
        import_git_must(plan->tree.root, GIT("checkout", "--quiet", previous), NULL, NULL, err);
    return rc == 0 ? import_git_must(plan->tree.root, GIT("branch", "--quiet", "-D", branch), NULL,
                                     NULL, err)
                   : rc;
}

int bench_publish_commit(const struct bench_import *plan, const struct bench_verify *tests,
                         char **commit, struct bench_err *err)
{
    char *paths = path_list(plan);
    char *message = bench_publish_message(plan, tests);
    int rc =
        import_git_must(plan->tree.root, GIT("add", "--pathspec-from-file=-"), paths, NULL, err);
    rc = rc == 0 ? import_git_must(plan->tree.root, GIT("commit", "--quiet", "--file=-"), message,
                                   NULL, err)
                 : rc;
    rc = rc == 0 ? import_git_must(plan->tree.root, GIT("rev-parse", "HEAD"), NULL, commit, err)
                 : rc;
    free(message);
    free(paths);
    return rc;
}
