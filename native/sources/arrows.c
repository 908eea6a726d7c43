/* Columns of rows as Arrow has them: offsets and bytes of texts, 64-bit values, bitmaps of what is not null. */
#include "rows.h"

static void set_valid(uint8_t *bitmap, int64_t at) { bitmap[at >> 3] |= (uint8_t)(1 << (at & 7)); }

/* Fill offsets (kept rows + 1) and the bitmap (zeroed before) of a text column; return how many bytes the texts have. */
EXPORT int64_t trivium_rows_text_offsets(const struct column *column, int64_t rows, const uint8_t *mask, int32_t *offsets,
                                         uint8_t *bitmap) {
    int64_t kept = 0, size = 0;
    offsets[0] = 0;
    for (int64_t row = 0; row < rows; row++) {
        if (mask && !mask[row]) continue;
        struct cell cell = cell_of(column, row);
        if (!is_null(column, cell)) {
            size += cell.length;
            set_valid(bitmap, kept);
        }
        if (size > INT32_MAX) return ROWS_BAD_CELL;
        offsets[++kept] = (int32_t)size;
    }
    return size;
}

/* Copy the texts one after the other; `out` has room for what trivium_rows_text_offsets returned. */
EXPORT int64_t trivium_rows_text_bytes(const struct column *column, int64_t rows, const uint8_t *mask, uint8_t *out) {
    uint8_t *at = out;
    for (int64_t row = 0; row < rows; row++) {
        if (mask && !mask[row]) continue;
        struct cell cell = cell_of(column, row);
        if (is_null(column, cell)) continue;
        memcpy(at, cell.at, (size_t)cell.length);
        at += cell.length;
    }
    return at - out;
}

/* Fill values of microseconds or integers, and the bitmap (zeroed before); return how many are not null. */
EXPORT int64_t trivium_rows_numbers(const struct column *column, int64_t rows, const uint8_t *mask, int64_t *out,
                                    uint8_t *bitmap) {
    int64_t kept = 0, valid = 0;
    for (int64_t row = 0; row < rows; row++) {
        if (mask && !mask[row]) continue;
        struct cell cell = cell_of(column, row);
        int64_t value = 0;
        if (!is_null(column, cell)) {
            if (!is_sound(column, cell)) return ROWS_BAD_CELL;
            value = column->kind == TIME_OF_ID ? microseconds_of_id(cell.at) : read_integer(cell);
            set_valid(bitmap, kept);
            valid++;
        }
        out[kept++] = value;
    }
    return valid;
}

/* Copy ids as 16 bytes each, or as texts of 36; every row has one. Return how many. */
EXPORT int64_t trivium_rows_ids(const struct column *column, int64_t rows, const uint8_t *mask, uint8_t *out, int is_text) {
    int64_t kept = 0;
    for (int64_t row = 0; row < rows; row++) {
        if (mask && !mask[row]) continue;
        struct cell cell = cell_of(column, row);
        if (cell.length != 16) return ROWS_BAD_CELL;
        kept++;
        out = is_text ? write_id(out, cell.at) : (uint8_t *)memcpy(out, cell.at, 16) + 16;
    }
    return kept;
}
