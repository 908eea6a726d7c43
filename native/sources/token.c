/* Cassandra's Murmur3 partitioner: a partition key's token. Source: org.apache.cassandra.utils.MurmurHash.hash3_x64_128,
   which reads the tail as signed bytes; other implementations of Murmur3 differ there. */
#include "native.h"

static inline uint64_t rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }

static inline uint64_t mix(uint64_t value) {
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ULL;
    return value ^ value >> 33;
}

static inline uint64_t read_le64(const uint8_t *at) {
    uint64_t value = 0;
    for (int byte = 7; byte >= 0; byte--) value = value << 8 | at[byte];
    return value;
}

static inline uint64_t tail_of(const uint8_t *key, size_t from, size_t to) {
    uint64_t value = 0;
    for (size_t at = from; at < to; at++) value ^= (uint64_t)(int64_t)(int8_t)key[at] << ((at - from) * 8);
    return value;
}

EXPORT int64_t trivium_token(const uint8_t *key, size_t length) {
    const uint64_t c1 = 0x87c37b91114253d5ULL, c2 = 0x4cf5ad432745937fULL;
    uint64_t h1 = 0, h2 = 0;
    size_t at = 0;
    for (; at + 16 <= length; at += 16) {
        uint64_t k1 = read_le64(key + at), k2 = read_le64(key + at + 8);
        h1 ^= rotate(k1 * c1, 31) * c2;
        h1 = (rotate(h1, 27) + h2) * 5 + 0x52dce729;
        h2 ^= rotate(k2 * c2, 33) * c1;
        h2 = (rotate(h2, 31) + h1) * 5 + 0x38495ab5;
    }
    size_t middle = at + 8 < length ? at + 8 : length;
    if (middle < length) h2 ^= rotate(tail_of(key, middle, length) * c2, 33) * c1;
    if (at < length) h1 ^= rotate(tail_of(key, at, middle) * c1, 31) * c2;
    h1 ^= length;
    h2 ^= length;
    h1 += h2;
    h2 += h1;
    h1 = mix(h1) + mix(h2);
    return (int64_t)h1 == INT64_MIN ? INT64_MAX : (int64_t)h1;
}
