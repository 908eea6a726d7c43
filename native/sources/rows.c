/* Rows as the protocol has them: each cell a length of four bytes and its bytes. An index finds the cells, every length
   held against the body; what picks and writes rows reads by the index only. */
#include "rows.h"

EXPORT int64_t trivium_rows_index(const uint8_t *body, int64_t size, int64_t cells, int32_t *offsets, int32_t *lengths) {
    int64_t at = 0;
    for (int64_t cell = 0; cell < cells; cell++) {
        if (size - at < 4) return ROWS_CUT_OFF;
        int32_t length = (int32_t)read_be32(body + at);
        at += 4;
        if (length > size - at) return ROWS_CUT_OFF;
        offsets[cell] = (int32_t)at;
        lengths[cell] = length;
        if (length > 0) at += length;
    }
    return at == size ? at : ROWS_TRAILING;
}

static int is_named(struct cell stream, const uint8_t *names, const int32_t *bounds, int64_t count) {
    for (int64_t name = 0; name < count; name++) {
        int32_t length = bounds[name + 1] - bounds[name];
        if (length == stream.length && memcmp(names + bounds[name], stream.at, (size_t)length) == 0) return 1;
    }
    return 0;
}

/* Keep in the mask only rows whose time lies within [low, high) ticks. */
EXPORT int64_t trivium_rows_pick_times(const struct column *ids, int64_t rows, int64_t low, int64_t high,
                                       uint8_t *mask) {
    for (int64_t row = 0; row < rows; row++) {
        struct cell id = cell_of(ids, row);
        if (id.length != 16) return ROWS_BAD_CELL;
        int64_t ticks = ticks_of_id(id.at);
        mask[row] &= ticks >= low && ticks < high;
    }
    return 0;
}

/* Keep in the mask only rows written at that many microseconds since 1970, or later. */
EXPORT int64_t trivium_rows_pick_writes(const struct column *writes, int64_t rows, int64_t from, uint8_t *mask) {
    for (int64_t row = 0; row < rows; row++) {
        struct cell written = cell_of(writes, row);
        if (written.length != 8) return ROWS_BAD_CELL;
        mask[row] &= (int64_t)read_be64(written.at) >= from;
    }
    return 0;
}

/* Keep in the mask only rows of the named streams; names one after the other, bounds one more than names. Rows come partition by
   partition, so that the next one's stream is mostly that of the one before. */
EXPORT int64_t trivium_rows_pick_streams(const struct column *streams, int64_t rows, const uint8_t *names,
                                         const int32_t *bounds, int64_t count, uint8_t *mask) {
    struct cell before = {NULL, -1};
    int was_named = 0;
    for (int64_t row = 0; row < rows; row++) {
        struct cell stream = cell_of(streams, row);
        if (stream.length < 0) return ROWS_BAD_CELL;
        if (stream.length != before.length || memcmp(stream.at, before.at, (size_t)stream.length) != 0)
            was_named = is_named(stream, names, bounds, count);
        before = stream;
        mask[row] &= (uint8_t)was_named;
    }
    return 0;
}
