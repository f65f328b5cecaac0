/* Shared by the files that read operator descriptions: what is known so far, and readers of the
 * small things that occur in many places. All strings end up in the operator's arena. */
#ifndef BENCH_SPEC_OPERATOR_READER_H
#define BENCH_SPEC_OPERATOR_READER_H

#include "bench/perf/json.h"
#include "bench/spec/operator.h"
#include "bench/util/mem.h"

struct taken_name {
    const char *name;
    const char *what; /* "an input", "a dimension" */
    double value;     /* of an enum's value name */
};

struct reader {
    struct bench_operator *op;
    struct bench_arena *arena;
    struct bench_err *err;
    /* Names that expressions may use at this place. The values are placeholders: at reading time
     * expressions are checked, not evaluated. */
    struct bench_scope *scope;
    /* All names given so far: an operator's names share one space, because an export turns all of
     * them into variables of one Python function. */
    struct taken_name *taken;
    size_t taken_count, taken_capacity;
};

/* The name must be an identifier, not reserved, and new; `v` is the place to blame. */
int reader_take_name(struct reader *r, const struct bench_json *v, const char *name,
                     const char *what);
/* The operator's own: no expression uses it, so it may be called as a function of theirs (`abs`),
 * or as an input of its own. */
int reader_operator_name(struct reader *r, const struct bench_json *v, const char *name);
/* The same as reader_take_name for the name of an enum's value: two enums may share it if its
 * number is the same. */
int reader_take_enum_value(struct reader *r, const struct bench_json *v, const char *name,
                           size_t number);
/* A new name that expressions from here on may use. */
int reader_take_number(struct reader *r, const struct bench_json *v, const char *name,
                       const char *what);

/* A string that is not empty. */
int reader_text(struct reader *r, const struct bench_json *v, const char **out);
/* The member `key`; *out is left alone if it is absent and not required. */
int reader_member_text(struct reader *r, const struct bench_json *object, const char *key,
                       bool required, const char **out);
/* A string with an expression, or a number. */
int reader_expr(struct reader *r, const struct bench_json *v, const char **out);
int reader_member_expr(struct reader *r, const struct bench_json *object, const char *key,
                       bool required, const char **out);
/* {"name": "expression", ...}: each name may be used by the next expression. */
int reader_lets(struct reader *r, const struct bench_json *object, struct bench_named_expr **out,
                size_t *count);
/* One of `words` (NULL-terminated); `what` is "category". */
int reader_word(struct reader *r, const struct bench_json *v, const char *what,
                const char *const *words, size_t *index);
/* One of our names of dtypes. */
int reader_dtype(struct reader *r, const struct bench_json *v, enum bench_dtype *out);
/* A list without repetitions; `flags` has an entry a dtype. */
int reader_dtypes(struct reader *r, const struct bench_json *array, bool *flags);
/* "'x', 'y'" of the words, for messages; lives in the arena. */
const char *reader_list(struct reader *r, const char *const *words, size_t count);
/* An array with at least one element. */
int reader_filled_array(struct reader *r, const struct bench_json *object, const char *key,
                        const struct bench_json **out);

/* operator_implementation.c */
int reader_implementation(struct reader *r, const struct bench_json *object,
                          struct bench_implementation *impl, bool is_oracle);
/* operator_provider.c: `provider`; keys that it does not understand, in an implementation or one of
 * its launches; `source`, a file beside the description; `python`. */
int reader_provider(struct reader *r, const struct bench_json *object, bool required,
                    struct bench_implementation *impl);
int reader_oracle_provider(struct reader *r, const struct bench_json *object,
                           struct bench_implementation *impl);
int reader_provider_keys(struct reader *r, const struct bench_json *object,
                         const struct bench_implementation *impl);
int reader_source(struct reader *r, const struct bench_json *object, bool required,
                  struct bench_implementation *impl);
int reader_python(struct reader *r, const struct bench_json *object,
                  struct bench_implementation *impl);
/* operator_torch.c */
int reader_torch(struct reader *r, const struct bench_json *object);
/* operator_tensor.c: the members `inputs` and `outputs` */
int reader_tensors(struct reader *r, const struct bench_json *root);

#endif
