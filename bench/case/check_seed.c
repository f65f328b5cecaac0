#include "bench/case/check_seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/util/keyed_hash.h"

#define SEED_MASK ((UINT64_C(1) << 53) - 1) /* what a number in JSON holds exactly */

uint64_t bench_check_seed(uint64_t run_seed, const char *text, enum bench_check_purpose purpose,
                          uint64_t number)
{
    static const char label[16] = "bench checks"; /* tells these from other uses of the seed */
    uint64_t key[2] = {run_seed, 0};
    key[1] = bench_keyed_hash(key, label, sizeof label);
    const uint64_t data[3] = {bench_keyed_hash(key, text, strlen(text)), (uint64_t)purpose, number};
    return bench_keyed_hash(key, data, sizeof data);
}

uint64_t bench_check_draw_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        perror("bench: the system gives no random numbers (getrandom); give a seed with --seed");
        exit(4);
    }
    return seed & SEED_MASK;
}
