/* What the library's sources share. Everything that Python calls is EXPORT; all else stays inside. */
#ifndef TRIVIUM_NATIVE_H
#define TRIVIUM_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static inline uint16_t read_be16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static inline uint32_t read_be32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline uint64_t read_be64(const uint8_t *at) { return (uint64_t)read_be32(at) << 32 | read_be32(at + 4); }
static inline void write_be16(uint8_t *to, uint16_t value) { to[0] = (uint8_t)(value >> 8), to[1] = (uint8_t)value; }
static inline void write_be32(uint8_t *to, uint32_t value) {
    write_be16(to, (uint16_t)(value >> 16));
    write_be16(to + 2, (uint16_t)value);
}
static inline void write_be64(uint8_t *to, uint64_t value) {
    write_be32(to, (uint32_t)(value >> 32));
    write_be32(to + 4, (uint32_t)value);
}

#endif
