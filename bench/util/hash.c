#include "bench/util/hash.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "bench/util/mem.h"

struct bench_hash {
    XXH3_state_t *state;
};

struct bench_hash *bench_hash_new(void)
{
    struct bench_hash *h = bench_xmalloc(sizeof(*h));
    h->state = XXH3_createState();
    if (!h->state)
        abort();
    XXH3_128bits_reset(h->state);
    return h;
}

void bench_hash_free(struct bench_hash *h)
{
    if (!h)
        return;
    XXH3_freeState(h->state);
    free(h);
}

void bench_hash_add(struct bench_hash *h, const void *data, size_t length)
{
    /* Little-endian by hand: keys are the same on every machine. */
    unsigned char prefix[8];
    for (size_t i = 0; i < sizeof(prefix); i++)
        prefix[i] = (unsigned char)((uint64_t)length >> (8 * i));
    XXH3_128bits_update(h->state, prefix, sizeof(prefix));
    if (length)
        XXH3_128bits_update(h->state, data, length);
}

void bench_hash_add_str(struct bench_hash *h, const char *s)
{
    bench_hash_add(h, s, strlen(s));
}

static void to_hex(XXH128_hash_t value, char out[33])
{
    static const char digits[] = "0123456789abcdef";
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    for (size_t i = 0; i < sizeof(canonical.digest); i++) {
        out[2 * i] = digits[canonical.digest[i] >> 4];
        out[2 * i + 1] = digits[canonical.digest[i] & 15];
    }
    out[32] = '\0';
}

void bench_hash_hex(const struct bench_hash *h, char out[33])
{
    to_hex(XXH3_128bits_digest(h->state), out);
}

void bench_hash_bytes_hex(const void *data, size_t length, char out[33])
{
    to_hex(XXH3_128bits(length ? data : "", length), out);
}
