/* SHA-256, for the identity of events and the lanes of actors. */
#ifndef TRIVIUM_SHA256_H
#define TRIVIUM_SHA256_H

#include "native.h"

typedef struct {
    uint32_t state[8];
    uint8_t block[64];
    size_t filled;
    uint64_t length;
} Sha256;

void sha256_begin(Sha256 *hash);
void sha256_add(Sha256 *hash, const void *bytes, size_t length);
void sha256_end(Sha256 *hash, uint8_t digest[32]);

#endif
