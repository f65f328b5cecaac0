#include "bench/case/precision.h"

#include <math.h>
#include <string.h>

/* A candidate's error may be so many times that of the worst of its partners: one that sums in
 * another order, or takes fast intrinsics, stays below; a step down in precision is 8 times at the
 * least (float16 to bfloat16), and 2^13 from float32 to TF32. */
#define PARTNERS_FACTOR 16.0
/* Without a partner only what is far beyond the dtype's own error tells. */
#define ALONE_FACTOR 16.0
/* An error of half the answer: zeros have one of all of it. */
#define AS_GOOD_AS_ZEROS 0.5
#define NOT_KNOWN 1e300 /* relative to an answer of zeros */

/* What is never called a loss: multiples of the dtype's epsilon (2^-52, 2^-23, 2^-10, 2^-7). 256 of
 * them leave room for long sums and fast intrinsics, and are still an eighth of TF32's error;
 * 16-bit types are computed in float32 and rounded once. */
static double harmless(enum bench_dtype dtype)
{
    switch (dtype) {
    case BENCH_FLOAT64:
        return 256 * 0x1p-52;
    case BENCH_FLOAT32:
        return 256 * 0x1p-23;
    case BENCH_FLOAT16:
        return 16 * 0x1p-10;
    case BENCH_BFLOAT16:
        return 4 * 0x1p-7;
    default:
        return INFINITY;
    }
}

/* A description that allows more than torch.testing.assert_close has a reason. */
static double own_tolerance(const struct bench_case *c)
{
    static const double usual[BENCH_DTYPE_COUNT] = {[BENCH_FLOAT64] = 1e-7,
                                                    [BENCH_FLOAT32] = 1.3e-6,
                                                    [BENCH_FLOAT16] = 1e-3,
                                                    [BENCH_BFLOAT16] = 1.6e-2};
    double given = c->op->tolerance[c->dtype].rtol;
    return usual[c->dtype] > 0 ? fmax(1, given / usual[c->dtype]) : 1;
}

/* The partner with the largest error; NULL if there is none. */
static const struct bench_actor *worst_partner(const struct bench_cast *cast,
                                               const struct bench_actor *of)
{
    const struct bench_actor *worst = NULL;
    for (size_t i = 0; i < cast->actor_count; i++) {
        const struct bench_actor *a = &cast->actors[i];
        if (a != of && bench_actor_runs(a) && a->record.errors.elements > 0 &&
            (worst == NULL || a->record.errors.rel_scale > worst->record.errors.rel_scale))
            worst = a;
    }
    return worst;
}

static void judge(struct bench_cast *cast, struct bench_actor *actor, const struct bench_case *c)
{
    const struct bench_errors *own = &actor->record.errors;
    const struct bench_actor *partner = worst_partner(cast, actor);
    double theirs = partner != NULL ? partner->record.errors.rel_scale : 0;
    double limit = harmless(c->dtype) * own_tolerance(c);
    limit = partner != NULL ? fmax(limit, PARTNERS_FACTOR * theirs) : ALONE_FACTOR * limit;
    const char *whose = partner != NULL ? partner->impl->name : "";
    if (own->rel_l2 >= NOT_KNOWN || own->rel_scale <= limit)
        return;
    if (own->rel_l2 >= AS_GOOD_AS_ZEROS)
        bench_actor_fail(actor, cast->arena, BENCH_STATUS_WRONG,
                         "every element is within the tolerance, but the error is %.3g of the "
                         "answer (root mean square): zeros would do as well%s%s",
                         own->rel_l2, partner ? "; other implementations are right: " : "", whose);
    else if (partner != NULL)
        bench_actor_fail(actor, cast->arena, BENCH_STATUS_PRECISION,
                         "its error is %.3g of the answer (root mean square), that of '%s' %.3g; "
                         "at most %.3g is allowed: is it computed in a lower precision than %s?",
                         own->rel_scale, whose, theirs, limit, bench_dtype_name(c->dtype));
    else
        bench_actor_fail(actor, cast->arena, BENCH_STATUS_PRECISION,
                         "its error is %.3g of the answer (root mean square), and at most %.3g is "
                         "allowed: is it computed in a lower precision than %s?",
                         own->rel_scale, limit, bench_dtype_name(c->dtype));
}

/* Of random operators moments are compared: how near they come is chance. */
static bool is_random(const struct bench_operator *op)
{
    const char *text = op->oracle.python;
    struct bench_json_doc *doc = NULL;
    bool random = false;
    if (text == NULL || bench_json_parse(op->file, text, strlen(text), &doc, NULL) != BENCH_OK)
        return false;
    if (bench_json_get_bool(bench_json_root(doc), "random", false, &random, NULL) != BENCH_OK)
        random = false;
    bench_json_free(doc);
    return random;
}

void bench_precision_judge(struct bench_cast *cast, const struct bench_case *c)
{
    if (!bench_dtype_is_float(c->dtype) || is_random(c->op))
        return;
    for (size_t i = 0; i < cast->actor_count; i++) {
        struct bench_actor *actor = &cast->actors[i];
        if (bench_actor_runs(actor) && actor->record.roles & 1u << BENCH_CANDIDATE)
            judge(cast, actor, c);
    }
}
