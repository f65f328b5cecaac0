/* `bench import --branch --commit --verify`, the program, on a miniature FlagGems checkout. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/process.h"
#include "support.h"

static char *read_text(const char *path)
{
    char *text = NULL;
    struct bench_err err;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    return text;
}

static void git(const char *arguments, const char *expected)
{
    char command[500];
    snprintf(command, sizeof(command), "git -C tree %s", arguments);
    const char *argv[] = {"sh", "-c", command, NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 180000};
    struct bench_process_result result;
    cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
    cr_assert_eq(result.exit_code, 0, "%s: %s", command, result.err);
    if (expected != NULL) {
        cr_expect_str_eq(result.out, expected, "%s says: %s", command, result.out);
    }
    bench_process_result_fini(&result);
}

static void enter(void)
{
    cli_enter_folder();
    if (!bench_process_exists("python3") || !bench_process_exists("git")) {
        cr_skip_test("python3 or git is not installed");
    }
    /* Nothing of the user's configuration. */
    cr_assert_eq(setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1), 0);
    cr_assert_eq(setenv("GIT_CONFIG_NOSYSTEM", "1", 1), 0);
    cli_write("tree/src/flag_gems/__init__.py", "");
    git("init -q -b main", NULL);
    git("config user.name Somebody", NULL);
    git("config user.email somebody@example.org", NULL);
    git("add -A", NULL);
    git("commit -q -m Before", NULL);
    cli_write("data/gelu.json",
              "{\"op_name\": \"gelu\", \"code\": \"def gelu(x):\\n    return x\\n\"}");
    cli_write("run/selected.json",
              "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", "
              "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [4], \"dtype\": \"float32\", "
              "\"your_time\": 1, \"cuda_time\": 2, \"flaggems_time\": 3, "
              "\"speedup_vs_flaggems\": 3, \"relative_to_cuda\": 0.5}]}}}");
}

/* An interpreter that says this of what it is to test. */
static void interpreter(const char *answer)
{
    char script[1000];
    snprintf(script, sizeof(script), "#!/bin/sh\ncat >/dev/null\ncat <<'END'\n%s\nEND\n", answer);
    cli_write("python", script);
    cr_assert_eq(chmod("python", 0755), 0);
}

TestSuite(cli_publish, .init = enter, .fini = cli_leave_folder, .timeout = 300);

#define IMPORT "import --into tree --operators data --input run/selected.json "
#define CODE "tree/src/flag_gems/experimental/generated/pointwise/gelu.py"

Test(cli_publish, a_commit_on_a_branch_with_the_pull_requests_text)
{
    const struct bench_process_result *r =
        cli_bench(IMPORT "--branch feature/import-generated-ops --commit");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "on branch feature/import-generated-ops; nothing was pushed");
    cli_expect_in(r->out, "gh pr create --body-file run/pull_request.md");
    git("branch --show-current", "feature/import-generated-ops\n");
    git("status --porcelain", "");
    git("rev-list --count main..HEAD", "1\n");
    git("log -1 --format=%s%n%an", "feat(experimental): import auto-generated operators batch 1\n"
                                   "Somebody\n");
    char *text = read_text("run/pull_request.md");
    cli_expect_in(text, "Imports 1 new and 0 changed generated operators (batch 1)");
    cli_expect_in(text, "- Batch 1: 1 operator, speedup over what FlagGems has of at least 1.3x");
    cli_expect_in(text, "### pointwise\n");
    cli_expect_in(text,
                  "| `gelu` | 1 | 1 | 3.00x | flaggems | 3.00x | 3.00x | 2.00x | made by bench |");
    cli_expect_in(text, "| `gelu` | 4 | float32 | 1 | 3 | 2 | 3.00x |");
    cli_expect_in(text, "tests: not run by the import");
    cli_expect_in(text, " | reference ms | CUDA ms | speedup |\n");
    cr_expect_null(strstr(text, "The data name who"));
    cli_expect_in(text, "**Selected by point estimate, without intervals: 1 of these 1.**");
    cli_expect_in(text, "**Of 1 of these 1 nothing says that this code is what was measured:**");
    free(text);
}

/* What was measured against is not called CUDA or FlagGems where the data name it. */
Test(cli_publish, who_stood_in_is_named)
{
    cli_write("run/selected.json",
              "{\"batch\": 1, \"threshold\": 1.3, \"criterion\": \"speedup_vs_flaggems\", "
              "\"operators\": {\"gelu\": {\"configs\": [{\"shape\": [4], \"dtype\": \"float32\", "
              "\"your_time\": 1, \"cuda_time\": 2, \"flaggems_time\": 3, "
              "\"reference_implementation\": \"split_k\", \"baseline_implementation\": \"plain\", "
              "\"speedup_vs_flaggems\": 3, \"relative_to_cuda\": 0.5}]}}}");
    cli_expect_exit(cli_bench(IMPORT "--pull-request text.md"), 0);
    char *text = read_text("text.md");
    cli_expect_in(text, "Reference: `split_k`. Baseline: `plain`. `flag_gems` is FlagGems itself;");
    cli_expect_in(text, " | best | over baseline | tests |\n");
    cli_expect_in(text, " | reference ms | baseline ms | speedup |\n");
    cr_expect_null(strstr(text, "CUDA ms"));
    free(text);
}

Test(cli_publish, nothing_changed_is_nothing_to_publish)
{
    cli_expect_exit(cli_bench(IMPORT "--branch b --commit"), 0);
    cr_assert_eq(unlink("run/pull_request.md"), 0);
    const struct bench_process_result *r = cli_bench(IMPORT "--branch b --commit");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "nothing to publish: the tree has all of it already");
    git("rev-list --count main..HEAD", "1\n");
    r = cli_bench(IMPORT "--pull-request text.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "nothing to publish");
    r = cli_bench(IMPORT "--branch c --commit");
    cli_expect_exit(r, 0);
    git("branch --show-current", "b\n");
    cr_expect_not(bench_file_exists("run/pull_request.md"));
    cr_expect_not(bench_file_exists("text.md"));
    r = cli_bench(IMPORT);
    cli_expect_exit(r, 0);
    cr_expect_null(strstr(r->out, "nothing to publish"));
}

/* Files are the import's, commits are git's: nothing of them goes without being told to. */
Test(cli_publish, undoing_a_commit_says_what_git_still_has)
{
    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    const struct bench_process_result *r = cli_bench("import --into tree --undo");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "(feat(experimental): import auto-generated operators batch 1) has the "
                          "import still, so git shows ");
    cli_expect_in(r->out, "~1\n(--undo --commit commits the undoing at once)\n");
    git("rev-list --count HEAD", "2\n");
    git("reset -q HEAD~1", NULL);
    git("status --porcelain", "");

    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    cli_write("tree/other", "");
    git("add other", NULL);
    git("commit -q -m Other", NULL);
    r = cli_bench("import --into tree --undo");
    cli_expect_in(r->out, "/tree commit --all\n");
    git("checkout -q .", NULL);
    git("log -1 --format=%s", "Other\n");
}

/* A tree whose only commit has the import: there is none before it to reset to. */
Test(cli_publish, the_first_commit_of_all_is_not_to_be_taken_off)
{
    git("update-ref -d HEAD", NULL);
    cli_expect_exit(cli_bench(IMPORT), 0);
    git("add --all", NULL);
    git("commit -q -m First", NULL);
    git("rev-list --count HEAD", "1\n");
    const struct bench_process_result *r = cli_bench("import --into tree --undo");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "(First) has the import still");
    cr_expect_null(strstr(r->out, "~1"));
    cli_expect_in(r->out, "/tree commit --all\n");
}

Test(cli_publish, undoing_can_be_committed)
{
    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    const struct bench_process_result *r = cli_bench("import --into tree --undo --commit");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "the import is undone\ncommitted as ");
    git("status --porcelain", "");
    git("log -1 --format=%s",
        "Revert \"feat(experimental): import auto-generated operators batch 1\"\n");
    git("diff --stat HEAD~2", "");

    /* What was not committed, and what others had changed. */
    cli_expect_exit(cli_bench(IMPORT), 0);
    cli_write("tree/src/flag_gems/__init__.py", "mine = 1\n");
    r = cli_bench("import --into tree --undo --commit");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "nothing to commit: the import had not been committed\n");
    git("status --porcelain", " M src/flag_gems/__init__.py\n");
    git("rev-list --count HEAD", "3\n");
}

Test(cli_publish, undoing_is_not_begun_where_it_cannot_be_committed)
{
    static const char *const others[] = {"--verify", "--branch b", "--input run/selected.json",
                                         "--batch 1", "--keep-going"};
    cli_expect_exit(cli_bench(IMPORT), 0);
    cli_write("tree/other", "");
    git("add other", NULL);
    const struct bench_process_result *r = cli_bench("import --into tree --undo --commit");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "has staged changes");
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        char command[100];
        snprintf(command, sizeof(command), "import --into tree --undo %s", others[i]);
        r = cli_bench(command);
        cli_expect_exit(r, 2);
        cli_expect_in(r->err, "--undo takes back the last import as a whole");
    }
    cr_expect(bench_file_exists(CODE));
}

static char *reproduction(const char *path)
{
    char *text = read_text(path);
    char *here = getcwd(NULL, 0);
    char *commands = strstr(text, "## How to reproduce");
    cr_assert_not_null(commands);
    commands = strdup(commands);
    cr_expect_null(strstr(text, here), "a path of this machine:\n%s", text);
    free(here);
    free(text);
    return commands;
}

/* A stranger has the tree and bench, and neither this machine's folders nor its run. */
Test(cli_publish, how_to_reproduce_what_a_run_measured)
{
    interpreter("{\"missing\": [], \"error\": null, \"environment\": \"here\", \"operators\": "
                "[{\"total\": 3, \"passed\": 3, \"failure\": null}]}");
    cli_write("run/run.json",
              "{\"run\": \"r1\", \"command\": [\"run\", \"--operators\", \"/home/me/data\", "
              "\"--python\", \"/opt/venv/bin/python\", \"--reference=/home/me/FlagGems/src/"
              "flag_gems\", \"--shapes\", \"[[64, 'a']]\", \"--output\", \"/tmp/r1\"]}");
    char *data = realpath("data", NULL);
    char command[4500];
    snprintf(command, sizeof(command),
             "import --into tree --input run/selected.json --operators %s --verify --python "
             "./python --commit",
             data);
    free(data);
    cli_expect_exit(cli_bench(command), 0);
    char *text = reproduction("run/pull_request.md");
    cli_expect_in(text, "bench run --operators data --python python --reference=src/flag_gems "
                        "--shapes '[[64, '\\''a'\\'']]'\nbench select\n");
    cli_expect_in(text, "bench import --into . --batch 1 --layout experimental --operators data "
                        "--verify\npytest -v src/flag_gems/experimental/tests/test_gelu.py\n");
    cli_expect_in(text, "`data` holds the operators' code as operator data");
    cli_expect_in(text, "   # the tree before this pull request\n");
    free(text);
}

/* What others wrote into their data is text, also where it looks like a block's end or a name. */
Test(cli_publish, data_call_nobody_in_the_text)
{
    cli_write("run/run.json", "{\"run\": \"r1\", \"device\": {\"kind\": \"cuda\", \"name\": "
                              "\"@o/team\", \"driver\": \"fixes #12\"}, \"command\": [\"run\", "
                              "\"--suite\", \"a\\n```\\n@torvalds\"]}");
    char *text = read_text("run/selected.json");
    char edited[2000];
    snprintf(edited, sizeof(edited), "{\"device\": \"@o/team\", \"policy\": \"a`@b\", %s",
             text + 1);
    free(text);
    cli_write("run/selected.json", edited);
    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    text = read_text("run/pull_request.md");
    cr_expect_null(strstr(text, "@o/team"), "%s", text);
    cr_expect_null(strstr(text, "#12"), "%s", text);
    cli_expect_in(text, "(policy of another name)");
    git("log -1 --format=%B | grep @ || true", "");
    cli_expect_in(text, "bench run --suite 'a'$'\\012''```'$'\\012''@torvalds'\n");
    free(text);
}

/* Selections by other rules than the default lie in files of other names. */
Test(cli_publish, how_to_reproduce_another_policy)
{
    cli_write("run/run.json", "{\"run\": \"r1\", \"command\": [\"run\", \"core\"]}");
    char *text = read_text("run/selected.json");
    char edited[2000];
    snprintf(edited, sizeof(edited),
             "{\"policy\": \"per-config\", \"criteria\": {\"name\": \"per-config\", "
             "\"aggregate\": \"any\", \"evidence\": \"points\", \"listing\": \"plan\"}, %s",
             text + 1);
    free(text);
    cli_write("run/selected.json", edited);
    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    text = reproduction("run/pull_request.md");
    cli_expect_in(text,
                  "bench run core\nbench select --policy per-config\nbench import "
                  "--into . --input results/latest/selected_batch1.per-config.json --batch 1 ");
    free(text);
}

Test(cli_publish, how_to_reproduce_what_others_measured)
{
    cli_expect_exit(cli_bench(IMPORT "--commit"), 0);
    char *text = reproduction("run/pull_request.md");
    cli_expect_in(text, "The times are of files that `bench run` did not write");
    cli_expect_in(text, "bench select --batch 1 --your-data your_perf_data.json --flaggems-data "
                        "flaggems_perf_data.json --output selected.json\n"
                        "bench import --into . --input selected.json --batch 1 --layout "
                        "experimental --operators data\n");
    free(text);
}

Test(cli_publish, a_dry_run_makes_no_branch)
{
    const struct bench_process_result *r = cli_bench(IMPORT "--branch b --commit --dry-run");
    cli_expect_exit(r, 0);
    git("branch --show-current", "main\n");
    git("branch", "* main\n");
    cr_expect_not(bench_file_exists("run/pull_request.md"));
}

static void expect_refusal(const char *why)
{
    const struct bench_process_result *r = cli_bench(IMPORT "--branch b --commit");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, why);
    git("branch --show-current", "main\n");
    cr_expect_not(bench_file_exists(CODE));
}

Test(cli_publish, what_others_began_is_not_committed)
{
    cli_write("tree/other", "x");
    git("add other", NULL);
    expect_refusal("has staged changes, which would become part of the commit");
}

/* Tests take minutes: what makes them useless is found first. */
Test(cli_publish, git_is_asked_before_the_tests_run)
{
    char script[5000];
    char *here = getcwd(NULL, 0);
    snprintf(script, sizeof(script), "#!/bin/sh\ntouch %s/tested\nexit 1\n", here);
    free(here);
    cli_write("python", script);
    cr_assert_eq(chmod("python", 0755), 0);
    cli_write("tree/other", "x");
    git("add other", NULL);
    const struct bench_process_result *r = cli_bench(IMPORT "--verify --python ./python --commit");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "has staged changes");
    cr_expect_not(bench_file_exists("tested"));
    git("reset -q", NULL);
    r = cli_bench(IMPORT "--verify --python ./python --commit");
    cli_expect_exit(r, 4);
    cr_expect(bench_file_exists("tested"), "the interpreter is started once git agrees");
}

Test(cli_publish, uncommitted_changes_of_planned_files)
{
    const char *init = "tree/src/flag_gems/experimental/generated/pointwise/__init__.py";
    cli_write(init, "\"\"\"Mine.\"\"\"\n");
    expect_refusal(
        "src/flag_gems/experimental/generated/pointwise/__init__.py has changes that are "
        "not committed");
}

/* git add would refuse it, with half of the import staged. */
Test(cli_publish, files_that_git_ignores)
{
    cli_write("tree/.git/info/exclude", "pointwise/\n");
    expect_refusal("git ignores src/flag_gems/experimental/generated/pointwise/");
    git("status --porcelain", "");
}

Test(cli_publish, branches_that_cannot_be)
{
    git("branch b", NULL);
    expect_refusal("the branch 'b' exists and is not checked out");
    git("branch -q -D b", NULL);
    const struct bench_process_result *r = cli_bench(IMPORT "--branch a..b");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "no name for a branch");
}

Test(cli_publish, nobody_who_commits)
{
    git("config --unset user.name", NULL);
    git("config --unset user.email", NULL);
    git("config user.useConfigOnly true", NULL);
    expect_refusal("git does not know who commits");
}

Test(cli_publish, a_tree_without_git)
{
    cr_assert_eq(bench_file_remove_tree("tree/.git", NULL), 0);
    const struct bench_process_result *r = cli_bench(IMPORT "--commit");
    cli_expect_exit(r, 2);
    cli_expect_in(r->err, "is no git checkout with a commit");
    cli_expect_exit(cli_bench(IMPORT), 0);
}

Test(cli_publish, what_fails_its_tests_is_not_kept)
{
    interpreter("{\"missing\": [], \"error\": null, \"environment\": \"here\", \"operators\": "
                "[{\"total\": 3, \"passed\": 2, \"failure\": \"1 of 3 tests fail\"}]}");
    const struct bench_process_result *r =
        cli_bench(IMPORT "--verify --python ./python --branch b --commit");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "gelu fails its tests in a copy of the tree: 1 of 3 tests fail");
    cli_expect_in(r->err, "nothing was written");
    cr_expect_not(bench_file_exists(CODE));
    git("branch --show-current", "main\n");
}

Test(cli_publish, a_package_that_cannot_be_imported_was_not_tested)
{
    interpreter("{\"missing\": [], \"error\": \"RuntimeError: no device\", \"environment\": "
                "\"here, no CUDA device\", \"operators\": []}");
    const struct bench_process_result *r = cli_bench(IMPORT "--verify --python ./python");
    cli_expect_exit(r, 1);
    cli_expect_in(r->out, "no test was run in a copy of the tree (here, no CUDA device)");
    cli_expect_in(r->err,
                  "the package cannot be imported in a copy of the tree:\nRuntimeError: no");
    cr_expect_not(bench_file_exists(CODE));
}

Test(cli_publish, what_fails_in_the_tree_is_taken_back)
{
    /* The copy passes, the tree fails. */
    cli_write("python", "#!/bin/sh\ncat >/dev/null\n"
                        "test -e ../second || n=null; touch ../second\n"
                        "cat <<END\n{\"missing\": [], \"error\": null, \"environment\": \"here\", "
                        "\"operators\": [{\"total\": 1, \"passed\": 1, \"failure\": "
                        "${n:-\\\"broken\\\"}}]}\nEND\n");
    cr_assert_eq(chmod("python", 0755), 0);
    cli_write("tmp/keep", "");
    char *tmp = realpath("tmp", NULL);
    cr_assert_eq(setenv("TMPDIR", tmp, 1), 0);
    free(tmp);
    const struct bench_process_result *r =
        cli_bench(IMPORT "--verify --python ./python --branch b --commit");
    cli_expect_exit(r, 1);
    cli_expect_in(r->err, "gelu fails its tests in the tree: broken");
    cli_expect_in(r->err, "the import was taken back");
    cr_expect_not(bench_file_exists("tree/src/flag_gems/experimental"));
    git("branch", "* main\n");
    git("status --porcelain", "");
}

Test(cli_publish, what_passed_is_told)
{
    interpreter("{\"missing\": [], \"error\": null, \"environment\": \"Python 3, torch 2\", "
                "\"operators\": [{\"total\": 3, \"passed\": 3, \"failure\": null}]}");
    const struct bench_process_result *r =
        cli_bench(IMPORT "--verify --python ./python --pull-request text.md");
    cli_expect_exit(r, 0);
    cli_expect_in(r->out, "tested in a copy of the tree (Python 3, torch 2): 3 of 3 tests of 1 ");
    char *text = read_text("text.md");
    cli_expect_in(text, "| 3 of 3, made by bench |");
    cli_expect_in(text, "- tests: 3 of 3 passed (Python 3, torch 2)");
    free(text);
    char *metadata = read_text("tree/src/flag_gems/experimental/generated/_metadata.json");
    cli_expect_in(metadata, "\"test_cases_passed\": 3");
    free(metadata);
}

Test(cli_publish, an_interpreter_without_torch_is_refused)
{
    interpreter("{\"missing\": [\"torch\"], \"operators\": []}");
    const struct bench_process_result *r = cli_bench(IMPORT "--verify --python ./python");
    cli_expect_exit(r, 4);
    cli_expect_in(r->err, "./python has no torch");
    cr_expect_not(bench_file_exists(CODE));
}
