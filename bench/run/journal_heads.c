#include "bench/run/journal_heads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/util/mem.h"
#include "bench/util/parallel.h"

/* More would wait for the memory. */
#define THREADS_MOST 8

/* ---- one line ---- */

/* What a byte does, outside and inside of strings. The byte 0 behind a line stops as every control
 * character does. */
enum does { NOTHING, STOPS, QUOTES, OPENS, CLOSES, ESCAPES };

struct meaning {
    unsigned char outside[256], inside[256]; /* enum does */
};

static void meaning_init(struct meaning *m)
{
    memset(m, NOTHING, sizeof *m);
    memset(m->outside, STOPS, ' ');
    memset(m->inside, STOPS, ' ');
    m->outside['"'] = m->inside['"'] = QUOTES;
    m->inside['\\'] = ESCAPES;
    m->outside['{'] = m->outside['['] = OPENS;
    m->outside['}'] = m->outside[']'] = CLOSES;
}

/* The place behind the string whose first byte is text[i]; 0 if it does not end. */
static size_t end_of_string(const struct meaning *m, const unsigned char *text, size_t i)
{
    for (;;) {
        while (m->inside[text[i]] == NOTHING)
            i++;
        if (m->inside[text[i]] == QUOTES)
            return i + 1;
        if (m->inside[text[i]] == STOPS || m->inside[text[i + 1]] == STOPS)
            return 0;
        i += 2; /* a backslash and what it stands before */
    }
}

/* Of a line that was synced as a whole: what a disk may make of it (zeros, a part of it, two lines
 * in one) is seen without taking it apart. All of it is parsed when the run is judged.
 * text[length] is 0. */
static bool looks_whole(const struct meaning *m, const char *line, size_t length)
{
    const unsigned char *text = (const unsigned char *)line;
    size_t depth = 0, i = 0;
    for (;;) {
        while (m->outside[text[i]] == NOTHING)
            i++;
        switch ((enum does)m->outside[text[i]]) {
        case QUOTES:
            i = end_of_string(m, text, i + 1);
            if (i == 0)
                return false;
            continue;
        case OPENS:
            depth++;
            break;
        case CLOSES:
            if (--depth == 0)
                return i + 1 == length && text[i] == '}';
            break;
        default:
            return false;
        }
        i++;
    }
}

/* Reads `"key":digits` and returns what follows; NULL if something else stands there. */
static const char *read_number(const char *text, const char *key, unsigned long *value)
{
    char *end;
    if (!bench_str_starts(text, key))
        return NULL;
    text += strlen(key);
    if (*text < '0' || *text > '9')
        return NULL;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return errno == 0 ? end : NULL;
}

/* What follows `key` in the text up to `end`, or NULL. */
static const char *find_after(const char *text, const char *end, const char *key)
{
    size_t length = strlen(key);
    const char *found = memmem(text, (size_t)(end - text), key, length);
    return found != NULL ? found + length : NULL;
}

static bool read_status(const char *text, enum bench_status *status)
{
    char name[32];
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    if (length == 0 || length >= sizeof name)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return bench_status_parse(name, status) == BENCH_OK;
}

static unsigned read_roles(const char *text, const char *end)
{
    unsigned roles = 0;
    for (int i = 0; i < BENCH_ROLE_COUNT; i++)
        if (find_after(text, end, bench_role_name((enum bench_role)i)) != NULL)
            roles |= 1u << i;
    return roles;
}

/* What bench_record_write begins a line with, up to its status; *key is in the text. Keys cannot be
 * taken for others: within strings their quotes would be escaped, and no value of a parameter is an
 * array. False if the line is another's work. */
static bool read_head(const char *text, size_t length, struct bench_line_head *head,
                      const char **key)
{
    const char *end = text + length;
    unsigned long case_index = 0, process = 0, session = 0;
    const char *rest = read_number(text, "{\"case\":", &case_index);
    rest = rest != NULL ? read_number(rest, ",\"process\":", &process) : NULL;
    if (rest == NULL || case_index >= UINT32_MAX / 2 || process > INT32_MAX)
        return false;
    if (read_number(rest, ",\"session\":", &session) != NULL && session > INT32_MAX)
        return false;
    head->case_index = (uint32_t)case_index;
    head->process = (int32_t)process;
    head->session = (int32_t)session;
    *key = find_after(text, end, ",\"key\":\"");
    const char *roles = *key != NULL ? find_after(*key, end, ",\"roles\":[") : NULL;
    const char *closed = roles != NULL ? memchr(roles, ']', (size_t)(end - roles)) : NULL;
    const char *state = closed != NULL ? find_after(closed, end, ",\"status\":\"") : NULL;
    if (state == NULL || !read_status(state, &head->status))
        return false;
    head->roles = read_roles(roles, closed);
    return head->roles != 0;
}

static bool is_of_suite(const struct bench_run *run, const struct bench_line_head *head,
                        const char *key)
{
    if (head->case_index >= run->suite->case_count || head->process > run->settings.confirm)
        return false;
    const char *wanted = run->suite->cases[head->case_index].plan.key;
    size_t length = strlen(wanted);
    return strncmp(key, wanted, length) == 0 && key[length] == '"';
}

/* ---- a part of the file ---- */

struct part {
    const char *path;
    const struct bench_run *run;
    int64_t from, to; /* lines that begin there belong to it */
    struct bench_line_head *heads;
    size_t count, capacity;
    int failed; /* errno, or 0 */
};

static void add_line(struct part *p, const struct meaning *m, int64_t offset, char *text,
                     size_t length)
{
    const char *key = NULL;
    struct bench_line_head head = {.offset = offset};
    bool ended = text[length - 1] == '\n';
    if (ended) {
        text[--length] = '\0';
        head.is_known = read_head(text, length, &head, &key) && is_of_suite(p->run, &head, key) &&
                        !bench_status_ends_worker(head.status) && looks_whole(m, text, length);
    }
    if (!head.is_known)
        head = (struct bench_line_head){.offset = offset};
    if (p->count == p->capacity) {
        p->capacity = 2 * p->capacity + 256;
        p->heads = bench_xrealloc(p->heads, p->capacity * sizeof *p->heads);
    }
    p->heads[p->count++] = head;
}

/* A part begins with the first line behind its first byte's own, unless that byte begins one. */
static int64_t to_first_line(const struct part *p, FILE *file, char **text, size_t *capacity)
{
    if (p->from == 0)
        return 0;
    if (fseeko(file, (off_t)(p->from - 1), SEEK_SET) != 0)
        return -1;
    ssize_t rest = getline(text, capacity, file);
    return rest > 0 ? p->from - 1 + rest : p->to;
}

static void read_part(struct part *p, FILE *file)
{
    struct meaning m;
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    meaning_init(&m);
    int64_t at = to_first_line(p, file, &text, &capacity);
    while (at >= 0 && at < p->to && (length = getline(&text, &capacity, file)) > 0) {
        add_line(p, &m, at, text, (size_t)length);
        at += length;
    }
    if (at < 0 || ferror(file))
        p->failed = errno != 0 ? errno : EIO;
    free(text);
}

static void open_part(void *parts, size_t i)
{
    struct part *p = (struct part *)parts + i;
    FILE *file = fopen(p->path, "re");
    if (file == NULL) {
        p->failed = errno != 0 ? errno : EIO;
        return;
    }
    read_part(p, file);
    fclose(file);
}

/* ---- all of them ---- */

static int part_count(int threads, int64_t bytes)
{
    int64_t count = threads;
    if (threads == 0) {
        count = (int64_t)bench_parallel_cpus();
        if (count > bytes / BENCH_HEADS_LEAST_BYTES)
            count = bytes / BENCH_HEADS_LEAST_BYTES;
    }
    return count < 1 ? 1 : count < THREADS_MOST ? (int)count : THREADS_MOST;
}

static void join(const struct part *parts, int count, struct bench_line_heads *heads)
{
    for (int i = 0; i < count; i++)
        heads->count += parts[i].count;
    heads->items = bench_xmalloc((heads->count + 1) * sizeof *heads->items);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (parts[i].count > 0)
            memcpy(&heads->items[at], parts[i].heads, parts[i].count * sizeof *heads->items);
        at += parts[i].count;
    }
}

int bench_line_heads_read(const char *path, const struct bench_run *run, int threads,
                          struct bench_line_heads *heads, struct bench_err *err)
{
    struct stat st;
    struct part parts[THREADS_MOST] = {0};
    *heads = (struct bench_line_heads){0};
    int failed = stat(path, &st) != 0 ? errno : 0;
    int count = failed == 0 ? part_count(threads, st.st_size) : 0;
    for (int i = 0; i < count; i++)
        parts[i] = (struct part){.path = path,
                                 .run = run,
                                 .from = (int64_t)st.st_size / count * i,
                                 .to = i + 1 < count ? (int64_t)st.st_size / count * (i + 1)
                                                     : (int64_t)st.st_size};
    bench_parallel_for((size_t)count, count, open_part, parts);
    for (int i = 0; i < count && failed == 0; i++)
        failed = parts[i].failed;
    if (failed == 0) {
        join(parts, count, heads);
        heads->bytes = st.st_size;
    }
    for (int i = 0; i < count; i++)
        free(parts[i].heads);
    if (failed != 0)
        return bench_err_set(err, failed == ENOENT ? BENCH_ENOTFOUND : BENCH_ERROR,
                             "%s: cannot be read: %s", path, strerror(failed));
    return BENCH_OK;
}
