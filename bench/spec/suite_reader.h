/* Shared by the files that read suites: what is read so far, and what a suite says for all. */
#ifndef BENCH_SPEC_SUITE_READER_H
#define BENCH_SPEC_SUITE_READER_H

#include "bench/spec/suite.h"
#include "bench/spec/suite_shapes.h"

struct dtype_list {
    enum bench_dtype items[BENCH_DTYPE_COUNT];
    size_t count;
    bool given;
};

struct suite_reader {
    struct reader base; /* arena and err; it reads no operator */
    struct bench_suite *suite;
    const char *kernels_dir;
    const struct bench_suite_filter *filter; /* NULL: none */
    bool dtype_wanted[BENCH_DTYPE_COUNT];    /* by the filter */
    struct dtype_list dtypes;
    struct bench_role_choice roles[BENCH_ROLE_COUNT];
    struct bench_role_choice prefer[BENCH_ROLE_COUNT]; /* in front of those of every entry */
    const struct bench_json *shapes;                   /* the named sets, or NULL */
    size_t case_capacity, operator_capacity, note_capacity;
    size_t *seen; /* open addressing over the cases' keys: index + 1, 0 is free */
    size_t seen_capacity;
    size_t repeated; /* cases that were there already */
};

void suite_note(struct suite_reader *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int suite_dtypes_read(struct suite_reader *s, const struct bench_json *object,
                      struct dtype_list *out);
/* The member `key`, roles, of the suite or of an entry. */
int suite_roles_read(struct suite_reader *s, const struct bench_json *object, const char *key,
                     struct bench_role_choice roles[BENCH_ROLE_COUNT]);
/* What a suite without `settings` has. */
extern const struct bench_settings suite_default_settings;
/* The member `settings` of a document: what it says replaces what the suite has. */
int suite_settings_read(struct suite_reader *s, const struct bench_json *root);
/* Adds the cases of one element of `operators`. */
int suite_entry_read(struct suite_reader *s, const struct bench_json *entry);

#endif
