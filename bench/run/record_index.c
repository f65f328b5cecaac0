#include "bench/run/record_index.h"

#include <stdlib.h>

#include "bench/util/mem.h"

/* Numbers of records, from 1; 0 is none. */
struct chain {
    uint32_t first, last;
};

/* Of one record: the numbers of those after it, and of the one before it. */
struct links {
    uint32_t of_case, of_operator, before_in_operator;
};

struct bench_record_index {
    const struct bench_suite *suite;
    uint32_t
        *case_operators; /* case -> its operator's number in the suite; NULL: nothing indexed */
    struct chain **processes; /* processes[process][case] */
    size_t process_count;
    struct chain *operators;
    struct links *links;
    size_t capacity;
    size_t indexed; /* records looked at */
};

struct bench_record_index *bench_record_index_new(const struct bench_suite *suite)
{
    struct bench_record_index *index = bench_xcalloc(1, sizeof *index);
    index->suite = suite;
    return index;
}

void bench_record_index_reset(struct bench_record_index *index)
{
    for (size_t p = 0; p < index->process_count; p++)
        free(index->processes[p]);
    free(index->processes);
    free(index->operators);
    free(index->case_operators);
    free(index->links);
    *index = (struct bench_record_index){.suite = index->suite};
}

void bench_record_index_free(struct bench_record_index *index)
{
    if (index == NULL)
        return;
    bench_record_index_reset(index);
    free(index);
}

/* Cases of one operator lie together as a rule: the search begins with that of the case before. */
static void number_operators(struct bench_record_index *index)
{
    const struct bench_suite *suite = index->suite;
    size_t op = 0;
    index->case_operators = bench_xcalloc(suite->case_count + 1, sizeof *index->case_operators);
    index->operators = bench_xcalloc(suite->operator_count + 1, sizeof *index->operators);
    for (size_t i = 0; i < suite->case_count; i++) {
        for (size_t tried = 0;
             tried < suite->operator_count && suite->operators[op] != suite->cases[i].plan.op;
             tried++)
            op = (op + 1) % suite->operator_count;
        index->case_operators[i] = (uint32_t)op;
    }
}

static void make_room(struct bench_record_index *index, size_t records, int process)
{
    if (index->case_operators == NULL)
        number_operators(index);
    while (index->process_count <= (size_t)process) {
        size_t count = index->process_count + 1;
        index->processes = bench_xrealloc(index->processes, count * sizeof(*index->processes));
        index->processes[count - 1] =
            bench_xcalloc(index->suite->case_count + 1, sizeof **index->processes);
        index->process_count = count;
    }
    if (records > index->capacity) {
        index->capacity = 2 * records;
        index->links = bench_xrealloc(index->links, index->capacity * sizeof *index->links);
    }
}

/* `link` is the one of the chain's last record that leads to `number`. */
static void append(struct chain *chain, uint32_t number, uint32_t *link)
{
    if (link != NULL)
        *link = number;
    else
        chain->first = number;
    chain->last = number;
}

static void add(struct bench_record_index *index, const struct bench_record *r)
{
    uint32_t number = (uint32_t)++index->indexed;
    make_room(index, number, r->process);
    index->links[number - 1] = (struct links){0, 0, 0};
    struct chain *of_case = &index->processes[r->process][r->case_index];
    struct chain *of_op = &index->operators[index->case_operators[r->case_index]];
    append(of_case, number, of_case->last ? &index->links[of_case->last - 1].of_case : NULL);
    index->links[number - 1].before_in_operator = of_op->last;
    append(of_op, number, of_op->last ? &index->links[of_op->last - 1].of_operator : NULL);
}

/* Of a case there are few. */
static void cut_case(struct bench_record_index *index, struct chain *chain, uint32_t number)
{
    uint32_t before = 0;
    for (uint32_t i = chain->first; i != number; i = index->links[i - 1].of_case)
        before = i;
    chain->last = before;
    if (before != 0)
        index->links[before - 1].of_case = 0;
    else
        chain->first = 0;
}

void bench_record_index_cut(struct bench_record_index *index, const struct bench_record *records,
                            size_t count)
{
    for (; index->indexed > count; index->indexed--) {
        const struct bench_record *r = &records[index->indexed - 1];
        struct chain *of_op = &index->operators[index->case_operators[r->case_index]];
        cut_case(index, &index->processes[r->process][r->case_index], (uint32_t)index->indexed);
        of_op->last = index->links[index->indexed - 1].before_in_operator;
        if (of_op->last != 0)
            index->links[of_op->last - 1].of_operator = 0;
        else
            of_op->first = 0;
    }
}

static void catch_up(struct bench_record_index *index, const struct bench_record *records,
                     size_t record_count)
{
    while (index->indexed < record_count)
        add(index, &records[index->indexed]);
}

static const struct bench_record *numbered(const struct bench_record *records, uint32_t number)
{
    return number != 0 ? &records[number - 1] : NULL;
}

const struct bench_record *bench_record_index_first(struct bench_record_index *index,
                                                    const struct bench_record *records,
                                                    size_t record_count, size_t case_index,
                                                    int process)
{
    catch_up(index, records, record_count);
    if ((size_t)process >= index->process_count || case_index >= index->suite->case_count)
        return NULL;
    return numbered(records, index->processes[process][case_index].first);
}

const struct bench_record *bench_record_index_next(const struct bench_record_index *index,
                                                   const struct bench_record *records,
                                                   const struct bench_record *after)
{
    return numbered(records, index->links[after - records].of_case);
}

const struct bench_record *bench_record_index_first_of(struct bench_record_index *index,
                                                       const struct bench_record *records,
                                                       size_t record_count, size_t op)
{
    catch_up(index, records, record_count);
    return index->operators != NULL ? numbered(records, index->operators[op].first) : NULL;
}

const struct bench_record *bench_record_index_next_of(const struct bench_record_index *index,
                                                      const struct bench_record *records,
                                                      const struct bench_record *after)
{
    return numbered(records, index->links[after - records].of_operator);
}
