/* What is not the same in two nights. */
#include <string.h>

#include "bench/history/analysis.h"

struct list {
    struct bench_history_difference *items;
    size_t count;
};

/* A text that neither knows, or only one, is no difference: it says nothing. */
static void compare(struct list *list, const char *what, const char *before, const char *after)
{
    if (before == after || before == NULL || after == NULL || before[0] == '\0' ||
        after[0] == '\0' || strcmp(before, after) == 0 || list->count == BENCH_HISTORY_DIFFERENCES)
        return;
    list->items[list->count++] = (struct bench_history_difference){what, before, after};
}

static void compare_role(struct list *list, int role, const struct bench_history_result *a,
                         const struct bench_history_result *b)
{
    static const char *const what[BENCH_HISTORY_ROLES][6] = {
        {"candidate", "candidate source", "candidate binary", "candidate variant",
         "candidate library", "candidate status"},
        {"reference", "reference source", "reference binary", "reference variant",
         "reference library", "reference status"},
        {"baseline", "baseline source", "baseline binary", "baseline variant", "baseline library",
         "baseline status"},
    };
    if (a->status == NULL || b->status == NULL)
        return;
    compare(list, what[role][0], a->implementation, b->implementation);
    compare(list, what[role][1], a->source_hash, b->source_hash);
    compare(list, what[role][2], a->binary_hash, b->binary_hash);
    compare(list, what[role][3], a->variant, b->variant);
    compare(list, what[role][4], a->library, b->library);
    compare(list, what[role][5], a->status, b->status);
}

static const char *device(const struct bench_history_night *night)
{
    for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
        if (night->roles[role].device != NULL)
            return night->roles[role].device->uuid;
    return night->run->device.uuid;
}

size_t bench_history_differences(const struct bench_history_night *before,
                                 const struct bench_history_night *after,
                                 struct bench_history_difference *differences)
{
    struct list list = {.items = differences};
    const struct bench_history_run *a = before->run, *b = after->run;
    const struct bench_history_environment *x = &a->environment, *y = &b->environment;
    compare(&list, "commit", a->commit, b->commit);
    if (a->dirty != b->dirty)
        compare(&list, "changed files", a->dirty ? "yes" : "no", b->dirty ? "yes" : "no");
    for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
        compare_role(&list, role, &before->roles[role], &after->roles[role]);
    compare(&list, "driver", x->driver, y->driver);
    compare(&list, "device", device(before), device(after));
    compare(&list, "compiler", x->compiler, y->compiler);
    compare(&list, "libraries", x->libraries, y->libraries);
    compare(&list, "python", x->python, y->python);
    compare(&list, "bench", x->bench_version, y->bench_version);
    compare(&list, "host", x->host, y->host);
    compare(&list, "system", x->system, y->system);
    return list.count;
}
