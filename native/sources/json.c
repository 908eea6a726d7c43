/* See json.h. Of numbers only those are read whose canonical form can be told from their digits. */
#include "json.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define INTEGER_DIGITS 18 /* surely within 64 bits */
#define SURE_DIGITS 15    /* so many a double holds: no shorter decimal is the same number */
#define MOST_DIGITS 17
#define LEADING_ZEROS 3   /* smaller numbers may be written with an exponent */

static bool value(Json *json, int depth);

static inline bool put(Json *json, uint8_t byte) {
    if (json->out >= json->limit) return false;
    *json->out++ = byte;
    return true;
}

static bool put_all(Json *json, const void *bytes, size_t length) {
    if ((size_t)(json->limit - json->out) < length) return false;
    memcpy(json->out, bytes, length);
    json->out += length;
    return true;
}

void json_space(Json *json) {
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' || *json->at == '\r' || *json->at == '\n')) json->at++;
}

static inline bool take(Json *json, uint8_t byte) {
    if (json->at >= json->end || *json->at != byte) return false;
    json->at++;
    return true;
}

static bool within(const uint8_t *at, uint8_t low, uint8_t high) { return *at >= low && *at <= high; }

/* Count the bytes of the UTF-8 character there, of two bytes or more; 0 when it is none. Source: RFC 3629, 4. */
static size_t character(const uint8_t *at, const uint8_t *end) {
    size_t left = (size_t)(end - at);
    if (left >= 2 && within(at, 0xc2, 0xdf)) return within(at + 1, 0x80, 0xbf) ? 2 : 0;
    if (left >= 3 && within(at, 0xe0, 0xef)) {
        uint8_t low = *at == 0xe0 ? 0xa0 : 0x80, high = *at == 0xed ? 0x9f : 0xbf;
        return within(at + 1, low, high) && within(at + 2, 0x80, 0xbf) ? 3 : 0;
    }
    if (left >= 4 && within(at, 0xf0, 0xf4)) {
        uint8_t low = *at == 0xf0 ? 0x90 : 0x80, high = *at == 0xf4 ? 0x8f : 0xbf;
        return within(at + 1, low, high) && within(at + 2, 0x80, 0xbf) && within(at + 3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

static bool hex4(Json *json, uint32_t *found) {
    if (json->end - json->at < 4) return false;
    *found = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = *json->at++;
        uint8_t digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 16;
        if (digit == 16) return false;
        *found = *found << 4 | digit;
    }
    return true;
}

static bool put_point(Json *json, uint32_t point) {
    uint8_t bytes[4];
    if (point < 0x80) return put(json, (uint8_t)point);
    int length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (int i = length - 1; i; i--, point >>= 6) bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
    bytes[0] = (uint8_t)(point | (length == 2 ? 0xc0 : length == 3 ? 0xe0 : 0xf0));
    return put_all(json, bytes, (size_t)length);
}

/* Write a character that was escaped, as orjson writes it. */
static bool put_character(Json *json, uint32_t point, bool raw) {
    static const char SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    if (raw || (point >= 0x20 && point != '"' && point != '\\')) return put_point(json, point);
    for (const char *each = SHORT; *each; each += 2)
        if ((uint8_t)*each == point) return put(json, '\\') && put(json, (uint8_t)each[1]);
    char text[7];
    snprintf(text, sizeof text, "\\u%04x", (unsigned)point);
    return put_all(json, text, 6);
}

static bool escape(Json *json, bool raw) {
    static const char KNOWN[] = "b\bt\tn\nf\fr\r\"\"\\\\//";
    if (json->at >= json->end) return false;
    uint8_t named = *json->at++;
    if (named != 'u') {
        for (const char *each = KNOWN; *each; each += 2)
            if ((uint8_t)*each == named) return put_character(json, (uint8_t)each[1], raw);
        return false;
    }
    uint32_t point, low;
    if (!hex4(json, &point) || !point || (point >= 0xdc00 && point <= 0xdfff)) return false;
    if (point >= 0xd800 && point <= 0xdbff) {
        if (!take(json, '\\') || !take(json, 'u') || !hex4(json, &low) || low < 0xdc00 || low > 0xdfff) return false;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    return put_character(json, point, raw);
}

bool json_text(Json *json, bool raw) {
    if (!take(json, '"') || !(raw || put(json, '"'))) return false;
    for (;;) {
        const uint8_t *from = json->at;
        while (json->at < json->end && *json->at >= 0x20 && *json->at < 0x80 && *json->at != '"' && *json->at != '\\') json->at++;
        if (!put_all(json, from, (size_t)(json->at - from)) || json->at >= json->end) return false;
        if (*json->at == '"') {
            json->at++;
            return raw || put(json, '"');
        }
        if (*json->at == '\\') {
            json->at++;
            if (!escape(json, raw)) return false;
        } else {
            size_t length = character(json->at, json->end);
            if (!length || !put_all(json, json->at, length)) return false;
            json->at += length;
        }
    }
}

static bool is_digit(const Json *json) { return json->at < json->end && *json->at >= '0' && *json->at <= '9'; }

/* Tell whether digits of 16 or 17 places are the shortest that are this very double, as orjson would write them. */
static bool is_shortest(const uint8_t *text, size_t length, const char *digits, int count) {
    char copy[64], written[64], shorter[64];
    int power;
    if (length >= sizeof copy || strcmp(localeconv()->decimal_point, ".")) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    double number = fabs(strtod(copy, NULL));
    if (frexp(number, &power) == 0.5) return false; /* its neighbours are not equally far */
    snprintf(shorter, sizeof shorter, "%.*e", count - 2, number);
    if (strtod(shorter, NULL) == number) return false;
    snprintf(written, sizeof written, "%.*e", count - 1, number);
    return written[0] == digits[0] && written[1] == '.' && !memcmp(written + 2, digits + 1, (size_t)count - 1) && strtod(written, NULL) == number;
}

/* Read a number with a point; `from` is its sign, `whole` its first digit. */
static bool decimal(Json *json, const uint8_t *from, const uint8_t *whole) {
    char digits[MOST_DIGITS];
    const uint8_t *point = json->at++, *last = point + 1;
    if (!is_digit(json)) return false;
    for (; is_digit(json); json->at++)
        if (*json->at != '0') last = json->at;
    if (json->at < json->end && (*json->at | 32) == 'e') return false;
    const uint8_t *first = whole, *end = last + 1;
    while (first < end && (*first == '0' || *first == '.')) first++;
    if (first > point && first - point - 1 > LEADING_ZEROS && first < end) return false;
    int count = 0;
    for (const uint8_t *at = first; at < end; at++) {
        if (*at == '.') continue;
        if (count == MOST_DIGITS) return false;
        digits[count++] = (char)*at;
    }
    if (!count && from < whole) return false; /* minus zero */
    while (count && digits[count - 1] == '0') count--; /* of 1.0 */
    if (point - whole > SURE_DIGITS || (count > SURE_DIGITS && !is_shortest(from, (size_t)(end - from), digits, count))) return false;
    return put_all(json, from, (size_t)(end - from));
}

static bool number(Json *json) {
    const uint8_t *from = json->at, *whole;
    if (*json->at == '-') json->at++;
    whole = json->at;
    if (!is_digit(json)) return false;
    if (*json->at == '0') json->at++;
    else while (is_digit(json)) json->at++;
    if (json->at < json->end && *json->at == '.') return decimal(json, from, whole);
    if (is_digit(json) || (json->at < json->end && (*json->at | 32) == 'e')) return false;
    if (json->at - whole > INTEGER_DIGITS || (from < whole && *whole == '0')) return false;
    return put_all(json, from, (size_t)(json->at - from));
}

static bool word(Json *json, const char *text, size_t length) {
    if ((size_t)(json->end - json->at) < length || memcmp(json->at, text, length)) return false;
    json->at += length;
    return put_all(json, text, length);
}

static bool array(Json *json, int depth) {
    if (!take(json, '[') || !put(json, '[')) return false;
    json_space(json);
    if (take(json, ']')) return put(json, ']');
    for (;;) {
        json_space(json);
        if (!value(json, depth)) return false;
        json_space(json);
        if (take(json, ']')) return put(json, ']');
        if (!take(json, ',') || !put(json, ',')) return false;
    }
}

static int compare(const Member *one, const Member *other) {
    size_t least = one->key < other->key ? one->key : other->key;
    int order = memcmp(one->start + 1, other->start + 1, least);
    return order ? order : (int)one->key - (int)other->key;
}

/* Sort the members of one object and write them again in order; of equal keys it is left. */
static bool rearrange(Json *json, Member *members, int count) {
    uint8_t *from = (uint8_t *)(uintptr_t)members[0].start;
    size_t length = (size_t)(json->out - from);
    if (count > JSON_SORTED || length > JSON_TEXT) return false;
    for (int i = 1; i < count; i++) {
        Member moving = members[i];
        int to = i, order = 1;
        while (to && (order = compare(&members[to - 1], &moving)) > 0) members[to] = members[to - 1], to--;
        if (!order) return false;
        members[to] = moving;
    }
    memcpy(json->scratch, from, length);
    const uint8_t *copied = from;
    json->out = from;
    for (int i = 0; i < count; i++) {
        size_t part = (size_t)(members[i].end - members[i].start);
        if (i) *json->out++ = ',';
        memcpy(json->out, json->scratch + (members[i].start - copied), part);
        json->out += part;
    }
    return true;
}

static bool member(Json *json, Member *found, int depth) {
    found->start = json->out;
    json_space(json);
    const uint8_t *from = json->at;
    if (!json_text(json, false)) return false;
    found->key = (uint32_t)(json->out - found->start - 2);
    if (memchr(from, '\\', (size_t)(json->at - from))) return false; /* escapes sort otherwise */
    json_space(json);
    if (!take(json, ':') || !put(json, ':')) return false;
    json_space(json);
    if (!value(json, depth)) return false;
    found->end = json->out;
    return true;
}

bool json_object(Json *json, int depth) {
    if (!take(json, '{') || !put(json, '{')) return false;
    json_space(json);
    if (take(json, '}')) return put(json, '}');
    int first = json->used;
    bool sorted = true;
    for (;;) {
        if (json->used >= JSON_MEMBERS) return false;
        Member *found = &json->members[json->used++];
        if (!member(json, found, depth)) return false;
        if (json->used - first > 1 && compare(found - 1, found) >= 0) sorted = false;
        json_space(json);
        if (take(json, '}')) break;
        if (!take(json, ',') || !put(json, ',')) return false;
    }
    if (!sorted && !rearrange(json, json->members + first, json->used - first)) return false;
    json->used = first;
    return put(json, '}');
}

static bool value(Json *json, int depth) {
    if (json->at >= json->end || depth >= JSON_DEPTH) return false;
    switch (*json->at) {
    case '{': return json_object(json, depth + 1);
    case '[': return array(json, depth + 1);
    case '"': return json_text(json, false);
    case 't': return word(json, "true", 4);
    case 'f': return word(json, "false", 5);
    case 'n': return word(json, "null", 4);
    default: return number(json);
    }
}
