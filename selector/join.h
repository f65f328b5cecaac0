/* Which reference time belongs to which candidate time: the same operator, dtype, shape, params. */
#ifndef SELECTOR_JOIN_H
#define SELECTOR_JOIN_H

#include "selector/dataset.h"

struct bench_join {
    /* partner[i] is the reference case of your->cases[i], or NULL. */
    const struct bench_dataset_case **partner;
    /* op_partner[i] is the operator of your->ops[i] in the reference data, or NULL. */
    const struct bench_dataset_op **op_partner;
    size_t matched;
    size_t your_only;
    size_t flaggems_only;
};

/* `flaggems` may be NULL: then nothing has a partner. Linear in the number of cases. */
void bench_join_init(struct bench_join *join, const struct bench_dataset *your,
                     const struct bench_dataset *flaggems);
void bench_join_fini(struct bench_join *join);

#endif
