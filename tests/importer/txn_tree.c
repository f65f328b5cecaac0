#include "txn_tree.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "importer/undo.h"

#define G "src/flag_gems/experimental/generated/"
#define T "src/flag_gems/experimental/tests/"

static char folder[60];

void txn_enter(void)
{
    bool in_memory = access("/dev/shm", W_OK | X_OK) == 0;
    snprintf(folder, sizeof(folder), "%s/bench_test_txn_XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

void txn_leave(void)
{
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
}

void txn_write(const char *path, const char *text)
{
    char *dir = bench_path_dirname(path);
    cr_assert_eq(bench_file_mkdirs(dir, NULL), 0);
    free(dir);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

char *txn_text(const char *path)
{
    char *text = NULL;
    struct bench_err err;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    return text;
}

void txn_expect_text(const char *path, const char *text)
{
    char *found = txn_text(path);
    cr_expect_str_eq(found, text, "%s", path);
    free(found);
}

void txn_make_tree(enum txn_store store)
{
    cr_assert_eq(bench_file_remove_tree("tree", NULL), 0);
    if (store == TXN_IN_GIT) {
        txn_write("tree/.git/HEAD", "ref: refs/heads/main\n");
        cr_assert_eq(mkdir("tree/.git/objects", 0755), 0);
    }
    txn_write("tree/src/flag_gems/__init__.py", "");
    txn_write("tree/src/flag_gems/experimental/__init__.py", "");
    txn_write("tree/" G "__init__.py", "from . import pointwise\n");
    txn_write("tree/" G "pointwise/__init__.py",
              "from .gelu import gelu\nfrom .tanh import tanh\n");
    txn_write("tree/" G "pointwise/gelu.py", "def gelu(x):\n    return x\n");
    txn_write("tree/" G "pointwise/tanh.py", "def tanh(x):\n    return x\n");
    txn_write("tree/" G "_metadata.json", "{\"ops\": \"gelu tanh\"}\n");
    txn_write("tree/" T "test_tanh.py", "def test_tanh():\n    pass\n");
    cr_assert_eq(chmod("tree/" G "pointwise/gelu.py", 0640), 0);
    cr_assert_eq(chmod("tree/" T "test_tanh.py", 0755), 0);
}

void txn_open(struct bench_tree *tree)
{
    struct bench_err err;
    cr_assert_eq(bench_tree_open("tree", tree, &err), 0, "%s", err.message);
}

/* A file and its new text; NULL: it goes. */
struct planned {
    const char *path, *text;
};

static int plan_all(struct bench_tree *tree, const struct planned *files, size_t count,
                    struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = files[i].text != NULL ? bench_tree_change(tree, files[i].path, files[i].text, err)
                                   : bench_tree_remove(tree, files[i].path, err);
    }
    return rc;
}

/* Not in the order in which they must be written. */
int txn_plan(struct bench_tree *tree, struct bench_err *err)
{
    static const struct planned files[] = {
        {G "_metadata.json", "{\"ops\": \"gelu silu comm_\"}\n"},
        {G "__init__.py", "from . import custom, pointwise\n"},
        {G "pointwise/tanh.py", NULL},
        {T "test_tanh.py", NULL},
        {G "pointwise/__init__.py", "from .gelu import gelu\nfrom .silu import silu\n"},
        {G "custom/__init__.py", "from .comm_ import comm_\n"},
        {G "pointwise/gelu.py", "def gelu(x):\n    return x + 1\n"},
        {G "pointwise/silu.py", "def silu(x):\n    return x\n"},
        {G "custom/comm_.py", "def comm_(x):\n    return x\n"},
        {T "unit/test_silu.py", "def test_silu():\n    pass\n"}};
    return plan_all(tree, files, sizeof(files) / sizeof(*files), err);
}

int txn_plan_earlier(struct bench_tree *tree, struct bench_err *err)
{
    static const struct planned files[] = {
        {G "pointwise/tanh.py", "def tanh(x):\n    return -x\n"},
        {G "_metadata.json", "{\"ops\": \"gelu tanh, again\"}\n"}};
    return plan_all(tree, files, sizeof(files) / sizeof(*files), err);
}

int txn_apply(int (*plan)(struct bench_tree *, struct bench_err *), struct bench_err *err)
{
    struct bench_tree tree;
    int rc = bench_tree_open("tree", &tree, err);
    if (rc == 0) {
        rc = plan(&tree, err);
        rc = rc == 0 ? bench_tree_apply(&tree, err) : rc;
        bench_tree_fini(&tree);
    }
    return rc;
}

bool txn_store_has(const char *name)
{
    char *in_git = bench_xprintf("tree/.git/bench-import/%s", name);
    char *in_tree = bench_xprintf("tree/.bench-import/%s", name);
    bool has = bench_file_exists(in_git) || bench_file_exists(in_tree);
    free(in_git);
    free(in_tree);
    return has;
}

bool txn_repair(void)
{
    static const char *const none[] = {"next", "current", "undoing", "junk"};
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    char *note = NULL;
    txn_open(&tree);
    cr_assert_eq(bench_tree_repair(&tree, false, &note, &err), 0, "%s", err.message);
    bool any = note != NULL;
    free(note);
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        cr_expect_not(txn_store_has(none[i]), "%s is still in the store", none[i]);
    }
    bench_tree_fini(&tree);
    return any;
}

static bool is_store(const char *path)
{
    return strcmp(path, "tree/.git/bench-import") == 0 || strcmp(path, "tree/.bench-import") == 0;
}

static void add_path(struct bench_str *out, const char *path)
{
    struct stat st;
    cr_assert_eq(lstat(path, &st), 0, "%s", path);
    bench_str_addf(out, "%s %o", path, st.st_mode);
    if (S_ISREG(st.st_mode)) {
        char *text = txn_text(path);
        bench_str_addf(out, "\n%s", text);
        free(text);
    }
    bench_str_addc(out, '\n');
    char **names = NULL;
    size_t count = 0;
    if (S_ISDIR(st.st_mode)) {
        cr_assert_eq(bench_file_list(path, &names, &count, NULL), 0);
    }
    for (size_t i = 0; i < count; i++) {
        char *below = bench_xprintf("%s/%s", path, names[i]);
        if (!is_store(below) && strcmp(names[i], "__pycache__") != 0) {
            add_path(out, below);
        }
        free(below);
    }
    bench_file_list_free(names, count);
}

char *txn_snapshot(void)
{
    struct bench_str out;
    bench_str_init(&out);
    add_path(&out, "tree");
    return out.data;
}

/* "from .gelu import gelu": the file gelu.py, which defines it. "from . import a, b": packages. */
static char *line_fault(const char *package, char *line)
{
    char module[100];
    char names[300];
    if (sscanf(line, "from .%99s import %299[^\n]", module, names) == 2 &&
        strcmp(module, "import") != 0) {
        char *path = bench_xprintf("%s/%s.py", package, module);
        char *wanted = bench_xprintf("def %s(", names);
        char *text = NULL;
        bool fine = bench_file_read(path, 0, &text, NULL, NULL) == 0 && strstr(text, wanted);
        free(path);
        free(wanted);
        free(text);
        return fine ? NULL : bench_xprintf("%s: %s", package, line);
    }
    if (sscanf(line, "from . import %299[^\n]", names) == 1) {
        char *rest = NULL;
        for (char *n = strtok_r(names, ", ", &rest); n != NULL; n = strtok_r(NULL, ", ", &rest)) {
            char *path = bench_xprintf("%s/%s/__init__.py", package, n);
            bool fine = bench_file_exists(path);
            free(path);
            if (!fine) {
                return bench_xprintf("%s: no package %s", package, n);
            }
        }
        return NULL;
    }
    return bench_xprintf("%s: not understood: %s", package, line);
}

char *txn_import_fault(void)
{
    static const char *const packages[] = {"tree/" G, "tree/" G "pointwise", "tree/" G "custom"};
    char *fault = NULL;
    for (size_t i = 0; fault == NULL && i < sizeof(packages) / sizeof(*packages); i++) {
        char *path = bench_xprintf("%s/__init__.py", packages[i]);
        char *text = NULL;
        char *rest = NULL;
        if (bench_file_read(path, 0, &text, NULL, NULL) == 0) {
            for (char *line = strtok_r(text, "\n", &rest); fault == NULL && line != NULL;
                 line = strtok_r(NULL, "\n", &rest)) {
                fault = line_fault(packages[i], line);
            }
        }
        free(text);
        free(path);
    }
    return fault;
}

int txn_run_import(void)
{
    struct bench_err err;
    return txn_apply(txn_plan, &err);
}

int txn_run_undo(void)
{
    struct bench_tree tree;
    struct bench_undo undo;
    struct bench_err err;
    int rc = bench_tree_open("tree", &tree, &err);
    if (rc == 0) {
        rc = bench_undo_run(&tree, false, &undo, &err);
        bench_undo_fini(&undo);
        bench_tree_fini(&tree);
    }
    return rc;
}

int txn_run_repair(void)
{
    struct bench_tree tree;
    struct bench_err err;
    char *note = NULL;
    int rc = bench_tree_open("tree", &tree, &err);
    if (rc == 0) {
        rc = bench_tree_repair(&tree, false, &note, &err);
        free(note);
        bench_tree_fini(&tree);
    }
    return rc;
}

void txn_undo_last(void)
{
    struct bench_tree tree;
    struct bench_undo undo;
    struct bench_err err = {.code = 0};
    txn_open(&tree);
    cr_assert_eq(bench_undo_run(&tree, false, &undo, &err), 0, "%s", err.message);
    bench_undo_fini(&undo);
    bench_tree_fini(&tree);
}

void txn_make_before(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(store);
    cr_assert_eq(txn_apply(txn_plan_earlier, &err), 0, "%s", err.message);
}

void txn_make_after(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    txn_make_before(store);
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
}

enum txn_ending txn_disturb(int (*work)(void), enum fault_kind kind, long at,
                            struct txn_calls *calls)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    cr_assert_neq(pid, -1);
    if (pid == 0) {
        faults = (struct faults){.kind = kind, .at = at, .armed = 1};
        if (calls != NULL) {
            faults.traits = calls->traits;
            faults.traits_size = TXN_CALLS_MAX;
        }
        int rc = work();
        faults.armed = 0;
        if (calls != NULL) {
            calls->count = faults.count;
        }
        _exit(rc == 0 ? 0 : 1);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        cr_assert_eq(WTERMSIG(status), SIGKILL);
        return TXN_KILLED;
    }
    return WEXITSTATUS(status) == 0 ? TXN_FINE : TXN_FAILED;
}

void txn_die_midway(enum txn_store store)
{
    bool midway = false;
    for (long at = 400; !midway; at += 20) {
        txn_make_before(store);
        enum txn_ending ending = txn_disturb(txn_run_import, FAULT_KILL, at, NULL);
        cr_assert_eq(ending, TXN_KILLED, "there was no moment with some of the files in place");
        midway = txn_store_has("current") && bench_file_exists("tree/" G "pointwise/silu.py");
    }
}
