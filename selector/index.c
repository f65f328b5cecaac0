#include "selector/index.h"

#include <stdlib.h>
#include <string.h>

/* Keys are short: the call would take as long as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bench/util/mem.h"

#define CAP_MIN ((size_t)64)

struct slot {
    const char *key;
    uint32_t hash;
    uint32_t value;
};

struct bench_index {
    struct slot *slots;
    size_t cap; /* a power of two, at least twice the count */
    size_t count;
};

uint32_t bench_index_hash(const char *key, size_t length)
{
    return (uint32_t)XXH3_64bits(key, length);
}

struct bench_index *bench_index_new(void)
{
    struct bench_index *index = bench_xcalloc(1, sizeof(*index));
    index->cap = CAP_MIN;
    index->slots = bench_xcalloc(index->cap, sizeof(*index->slots));
    return index;
}

void bench_index_free(struct bench_index *index)
{
    if (!index)
        return;
    free(index->slots);
    free(index);
}

void bench_index_clear(struct bench_index *index, size_t expected)
{
    size_t cap = CAP_MIN;
    while (cap < expected * 2)
        cap *= 2;
    index->count = 0;
    if (cap == index->cap) {
        memset(index->slots, 0, cap * sizeof(*index->slots));
        return;
    }
    free(index->slots);
    index->cap = cap;
    index->slots = bench_xcalloc(cap, sizeof(*index->slots));
}

/* The slot of the key, or the empty one where it belongs. */
static struct slot *slot_of(const struct bench_index *index, const char *key, uint32_t hash)
{
    size_t i = (size_t)hash & (index->cap - 1);
    while (index->slots[i].key &&
           (index->slots[i].hash != hash || strcmp(index->slots[i].key, key) != 0))
        i = (i + 1) & (index->cap - 1);
    return &index->slots[i];
}

static void grow(struct bench_index *index)
{
    struct slot *old = index->slots;
    size_t old_cap = index->cap;
    index->cap *= 2;
    index->slots = bench_xcalloc(index->cap, sizeof(*index->slots));
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].key)
            *slot_of(index, old[i].key, old[i].hash) = old[i];
    free(old);
}

size_t bench_index_add_hashed(struct bench_index *index, const char *key, uint32_t hash,
                              size_t value)
{
    struct slot *slot = slot_of(index, key, hash);
    if (slot->key)
        return slot->value;
    *slot = (struct slot){key, hash, (uint32_t)value};
    if (++index->count * 2 > index->cap)
        grow(index);
    return BENCH_INDEX_NONE;
}

size_t bench_index_find_hashed(const struct bench_index *index, const char *key, uint32_t hash)
{
    const struct slot *slot = slot_of(index, key, hash);
    return slot->key ? slot->value : BENCH_INDEX_NONE;
}

size_t bench_index_add(struct bench_index *index, const char *key, size_t value)
{
    return bench_index_add_hashed(index, key, bench_index_hash(key, strlen(key)), value);
}

size_t bench_index_find(const struct bench_index *index, const char *key)
{
    return bench_index_find_hashed(index, key, bench_index_hash(key, strlen(key)));
}
