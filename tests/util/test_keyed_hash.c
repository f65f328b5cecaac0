#include <criterion/criterion.h>

#include "bench/util/keyed_hash.h"

/* The key 00 01 … 0f and the messages of the paper's test vectors (its appendix A, and
 * vectors.h of the reference implementation). */
Test(keyed_hash, is_siphash_2_4)
{
    const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    unsigned char message[15];
    for (unsigned char i = 0; i < sizeof message; i++)
        message[i] = i;
    cr_expect_eq(bench_keyed_hash(key, message, 0), 0x726fdb47dd0e0e31);
    cr_expect_eq(bench_keyed_hash(key, message, 1), 0x74f839c593dc67fd);
    cr_expect_eq(bench_keyed_hash(key, message, 8), 0x93f5f5799a932462);
    cr_expect_eq(bench_keyed_hash(key, message, 15), 0xa129ca6149be45e5);
}
