/* Cells of rows as the encoders see them: where each begins and how long it is, in whatever memory. */
#ifndef TRIVIUM_ROWS_H
#define TRIVIUM_ROWS_H

#include "native.h"

enum { ROWS_CUT_OFF = -1, ROWS_TRAILING = -2, ROWS_BAD_CELL = -3 };

/* What a cell holds, and so how it is written. */
enum kind {
    TEXT,         /* a text; a null stays null */
    OPTIONAL,     /* a text; an empty one is null */
    RAW,          /* JSON; in CSV a text */
    PLAIN,        /* written already as it should stand there */
    ID,           /* 16 bytes */
    TIME_OF_ID,   /* 16 bytes, of which the time is meant */
    MICROSECONDS, /* 8 bytes, since 1970 */
    INTEGER       /* 4 or 8 bytes */
};

struct column {
    const uint8_t *base;
    const int32_t *offsets, *lengths; /* of row r: at [r * stride]; a length below 0 is a null */
    int64_t stride;
    const uint8_t *name; /* what stands before each value */
    int32_t name_length, kind;
};

struct cell {
    const uint8_t *at;
    int32_t length;
};

static inline struct cell cell_of(const struct column *column, int64_t row) {
    int64_t place = row * column->stride;
    struct cell cell = {column->base + column->offsets[place], column->lengths[place]};
    return cell;
}

static inline int is_null(const struct column *column, struct cell cell) {
    return cell.length < 0 || (cell.length == 0 && column->kind != TEXT);
}

/* Whether the bytes of a cell that is not null are as many as its kind has. */
static inline int is_sound(const struct column *column, struct cell cell) {
    switch (column->kind) {
    case ID:
    case TIME_OF_ID: return cell.length == 16;
    case MICROSECONDS: return cell.length == 8;
    case INTEGER: return cell.length == 4 || cell.length == 8;
    default: return 1;
    }
}

static inline int64_t read_integer(struct cell cell) {
    return cell.length == 8 ? (int64_t)read_be64(cell.at) : (int64_t)(int32_t)read_be32(cell.at);
}

/* 100 ns since 1582-10-15. Source: RFC 9562, 5.1. */
static inline int64_t ticks_of_id(const uint8_t *id) {
    return (int64_t)((uint64_t)(read_be16(id + 6) & 0x0fff) << 48 | (uint64_t)read_be16(id + 4) << 32 | read_be32(id));
}

#define TICKS_TO_1970 0x01b21dd213814000LL

static inline int64_t microseconds_of_id(const uint8_t *id) {
    int64_t ticks = ticks_of_id(id) - TICKS_TO_1970, whole = ticks / 10;
    return whole - (ticks % 10 < 0);
}

static const char HEX[] = "0123456789abcdef";

static inline uint8_t *write_id(uint8_t *out, const uint8_t *id) {
    for (int byte = 0; byte < 16; byte++) {
        *out++ = (uint8_t)HEX[id[byte] >> 4];
        *out++ = (uint8_t)HEX[id[byte] & 15];
        if (byte == 3 || byte == 5 || byte == 7 || byte == 9) *out++ = '-';
    }
    return out;
}

#endif
