/* Rows as text: NDJSON as orjson writes it, CSV as RFC 4180 has it. Called page by page from Python; stops before the
   row that might not fit, and says which. */
#include "rows.h"

enum { TIME_LENGTH = 27, ID_LENGTH = 36, INTEGER_LENGTH = 20, JSON_GROWTH = 6, CSV_GROWTH = 2 };

/* The years that Python and RFC 3339 know. */
#define FIRST_MICROSECOND (-62135596800000000LL)
#define LAST_MICROSECOND 253402300799999999LL

static uint8_t *write_bytes(uint8_t *out, const void *bytes, int64_t length) {
    memcpy(out, bytes, (size_t)length);
    return out + length;
}

static uint8_t *write_digits(uint8_t *out, uint32_t value, int digits) {
    for (int at = digits - 1; at >= 0; at--) {
        out[at] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

static uint8_t *write_integer(uint8_t *out, int64_t value) {
    uint8_t digits[INTEGER_LENGTH];
    int count = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0) *out++ = '-';
    do digits[count++] = (uint8_t)('0' + left % 10);
    while (left /= 10);
    while (count) *out++ = digits[--count];
    return out;
}

/* A day since 1970 as YYYY-MM-DD. Source: Howard Hinnant, chrono-compatible low-level date algorithms, civil_from_days. */
static uint8_t *write_day(uint8_t *out, int64_t day) {
    day += 719468;
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    uint32_t of_era = (uint32_t)(day - era * 146097);
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;
    uint32_t of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    out = write_digits(out, (uint32_t)(year + era * 400 + (month <= 2)), 4);
    *out++ = '-';
    out = write_digits(out, month, 2);
    *out++ = '-';
    return write_digits(out, of_month, 2);
}

/* As core.times.format_time: RFC 3339 with six digits and Z. */
static uint8_t *write_time(uint8_t *out, int64_t microseconds) {
    int64_t day = microseconds / 86400000000LL, rest = microseconds % 86400000000LL;
    if (rest < 0) day--, rest += 86400000000LL;
    uint32_t second = (uint32_t)(rest / 1000000);
    out = write_day(out, day);
    *out++ = 'T';
    out = write_digits(out, second / 3600, 2);
    *out++ = ':';
    out = write_digits(out, second / 60 % 60, 2);
    *out++ = ':';
    out = write_digits(out, second % 60, 2);
    *out++ = '.';
    out = write_digits(out, (uint32_t)(rest % 1000000), 6);
    *out++ = 'Z';
    return out;
}

static int is_plain_json(const uint8_t *text, int32_t length) {
    int special = 0;
    for (int32_t at = 0; at < length; at++) special |= (text[at] < 32) | (text[at] == '"') | (text[at] == '\\');
    return !special;
}

static uint8_t *write_escaped(uint8_t *out, uint8_t byte) {
    static const char SHORT[] = "btn\0fr";
    if (byte >= 32 && byte != '"' && byte != '\\') {
        *out++ = byte;
        return out;
    }
    *out++ = '\\';
    if (byte >= 32) {
        *out++ = byte;
    } else if (byte >= 8 && byte <= 13 && SHORT[byte - 8]) {
        *out++ = (uint8_t)SHORT[byte - 8];
    } else {
        out = write_bytes(out, "u00", 3);
        *out++ = (uint8_t)HEX[byte >> 4];
        *out++ = (uint8_t)HEX[byte & 15];
    }
    return out;
}

static uint8_t *write_string(uint8_t *out, struct cell text) {
    *out++ = '"';
    if (is_plain_json(text.at, text.length)) {
        out = write_bytes(out, text.at, text.length);
    } else {
        for (int32_t at = 0; at < text.length; at++) out = write_escaped(out, text.at[at]);
    }
    *out++ = '"';
    return out;
}

static int64_t microseconds_in(const struct column *column, struct cell cell) {
    return column->kind == TIME_OF_ID ? microseconds_of_id(cell.at) : read_integer(cell);
}

static int is_writable_time(int64_t microseconds) {
    return microseconds >= FIRST_MICROSECOND && microseconds <= LAST_MICROSECOND;
}

static uint8_t *write_json_time(uint8_t *out, int64_t microseconds) {
    if (!is_writable_time(microseconds)) return write_bytes(out, "null", 4);
    *out++ = '"';
    out = write_time(out, microseconds);
    *out++ = '"';
    return out;
}

static uint8_t *write_json(uint8_t *out, const struct column *column, struct cell cell) {
    if (is_null(column, cell)) return write_bytes(out, "null", 4);
    switch (column->kind) {
    case TEXT:
    case OPTIONAL: return write_string(out, cell);
    case RAW:
    case PLAIN: return write_bytes(out, cell.at, cell.length);
    case INTEGER: return write_integer(out, read_integer(cell));
    case ID:
        *out++ = '"';
        out = write_id(out, cell.at);
        *out++ = '"';
        return out;
    default: return write_json_time(out, microseconds_in(column, cell));
    }
}

/* The most bytes that a row can take, but for what stands at its end; below 0 for a cell that is not sound. */
static int64_t most_bytes(const struct column *columns, int64_t count, int64_t row, int growth) {
    int64_t most = 0;
    for (int64_t at = 0; at < count; at++) {
        struct cell cell = cell_of(&columns[at], row);
        int is_text = columns[at].kind <= PLAIN;
        if (!is_null(&columns[at], cell) && !is_sound(&columns[at], cell)) return ROWS_BAD_CELL;
        most += columns[at].name_length + (is_text && cell.length > 0 ? (int64_t)cell.length * growth : 0) + 40;
    }
    return most;
}

typedef uint8_t *(*row_writer)(uint8_t *out, const struct column *columns, int64_t count, int64_t row, int is_neutral);

/* Write rows from *next on, those that the mask keeps (NULL: all), as long as they fit; *next is the row after them. */
static int64_t write_rows(const struct column *columns, int64_t count, int64_t rows, const uint8_t *mask, uint8_t *out,
                          int64_t capacity, int64_t *next, int growth, row_writer write_row, int is_neutral) {
    uint8_t *at = out;
    for (; *next < rows; ++*next) {
        if (mask && !mask[*next]) continue;
        int64_t most = most_bytes(columns, count, *next, growth);
        if (most < 0) return most;
        if (most + 8 > capacity - (at - out)) break;
        at = write_row(at, columns, count, *next, is_neutral);
    }
    return at - out;
}

static uint8_t *write_ndjson_row(uint8_t *out, const struct column *columns, int64_t count, int64_t row, int is_neutral) {
    (void)is_neutral;
    for (int64_t at = 0; at < count; at++) {
        out = write_bytes(out, columns[at].name, columns[at].name_length);
        out = write_json(out, &columns[at], cell_of(&columns[at], row));
    }
    return write_bytes(out, "}\n", 2);
}

EXPORT int64_t trivium_rows_ndjson(const struct column *columns, int64_t count, int64_t rows, const uint8_t *mask,
                                   uint8_t *out, int64_t capacity, int64_t *next) {
    return write_rows(columns, count, rows, mask, out, capacity, next, JSON_GROWTH, write_ndjson_row, 0);
}

static int is_plain_csv(const uint8_t *text, int32_t length) {
    int special = 0;
    for (int32_t at = 0; at < length; at++)
        special |= (text[at] == '"') | (text[at] == ',') | (text[at] == '\n') | (text[at] == '\r');
    return !special;
}

static int is_formula(struct cell text) {
    return text.length > 0 && memchr("=+-@\t\r", text.at[0], 6) != NULL;
}

/* A text, quoted where it must be; a spreadsheet takes what begins with an apostrophe for a text. */
static uint8_t *write_csv_text(uint8_t *out, struct cell text, int is_neutral) {
    int is_marked = is_neutral && is_formula(text);
    if (is_plain_csv(text.at, text.length)) {
        if (is_marked) *out++ = '\'';
        return write_bytes(out, text.at, text.length);
    }
    *out++ = '"';
    if (is_marked) *out++ = '\'';
    for (int32_t at = 0; at < text.length; at++) {
        *out++ = text.at[at];
        *out = '"';
        out += text.at[at] == '"';
    }
    *out++ = '"';
    return out;
}

static uint8_t *write_csv(uint8_t *out, const struct column *column, struct cell cell, int is_neutral) {
    if (is_null(column, cell)) return out;
    switch (column->kind) {
    case TEXT:
    case OPTIONAL:
    case RAW: return write_csv_text(out, cell, is_neutral);
    case PLAIN: return write_bytes(out, cell.at, cell.length);
    case INTEGER: return write_integer(out, read_integer(cell));
    case ID: return write_id(out, cell.at);
    default: {
        int64_t microseconds = microseconds_in(column, cell);
        return is_writable_time(microseconds) ? write_time(out, microseconds) : out;
    }
    }
}

static uint8_t *write_csv_row(uint8_t *out, const struct column *columns, int64_t count, int64_t row, int is_neutral) {
    uint8_t *start = out;
    for (int64_t at = 0; at < count; at++) {
        if (at) *out++ = ',';
        out = write_csv(out, &columns[at], cell_of(&columns[at], row), is_neutral);
    }
    if (out == start) out = write_bytes(out, "\"\"", 2); /* else a line that some take for none */
    return write_bytes(out, "\r\n", 2);
}

EXPORT int64_t trivium_rows_csv(const struct column *columns, int64_t count, int64_t rows, const uint8_t *mask,
                                uint8_t *out, int64_t capacity, int64_t *next, int is_neutral) {
    return write_rows(columns, count, rows, mask, out, capacity, next, CSV_GROWTH, write_csv_row, is_neutral);
}
