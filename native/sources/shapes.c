/* The shape of JSON values: keys and types, not values, as one number each. Lines of canonical JSON (sorted keys, no
   blanks, as orjson writes it) in, one number a line out; 0 where a value is too deep to say. What an array holds counts
   once, in whatever order, as long as no more than DISTINCT things differ. */
#include "native.h"

#define DEEPEST 128
#define DISTINCT 8

enum { BOOL = 1, NUL, INT, DOUBLE, TEXT, OBJECT, ARRAY, ROOT };

typedef struct {
    uint64_t sum, key, seen[DISTINCT];
    uint8_t kind, wants_key, count;
} Frame;

static inline uint64_t stir(uint64_t value) {
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ULL;
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ULL;
    return value ^ value >> 32;
}

static uint64_t stir_bytes(const uint8_t *at, size_t length, uint64_t seed) {
    uint64_t value = seed ^ length * 0x9e3779b97f4a7c15ULL;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        value = stir(value ^ word);
    }
    uint64_t tail = 0;
    memcpy(&tail, at, length);
    return stir(value ^ tail);
}

/* Return where the text that begins behind its quote ends: at its closing quote, or at the end of all. */
static const uint8_t *text_end(const uint8_t *at, const uint8_t *end) {
    const uint8_t *start = at;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const uint8_t *back = at;
        while (back > start && back[-1] == '\\') back--;
        if ((at - back) % 2 == 0) return at;
        at++;
    }
    return end;
}

static void take(Frame *frame, uint64_t value, uint64_t seed) {
    if (frame->kind == OBJECT) {
        frame->sum = stir(frame->sum ^ frame->key) + value;
        return;
    }
    if (frame->kind == ARRAY) {
        for (uint8_t at = 0; at < frame->count; at++)
            if (frame->seen[at] == value) return;
        if (frame->count < DISTINCT) frame->seen[frame->count++] = value;
    }
    frame->sum += stir(value ^ seed);
}

static inline const uint8_t *number_end(const uint8_t *at, const uint8_t *end, int *kind) {
    *kind = INT;
    for (; at < end && *at != ',' && *at != '}' && *at != ']' && *at != '\n'; at++)
        if (*at == '.' || *at == 'e' || *at == 'E') *kind = DOUBLE;
    return at;
}

static inline uint64_t typed(int kind, uint64_t seed) { return stir(seed + (uint64_t)kind); }

/* Write one number for each line, at most `capacity`; return how many lines there are. */
EXPORT size_t trivium_shapes(const uint8_t *text, size_t length, uint64_t seed, uint64_t *shapes, size_t capacity) {
    Frame frames[DEEPEST];
    const uint8_t *at = text, *end = text + length;
    size_t lines = 0;
    while (at < end) {
        int depth = 0, kind;
        frames[0] = (Frame){.kind = ROOT};
        for (; at < end && *at != '\n'; at++) {
            Frame *frame = frames + (depth < DEEPEST ? depth : DEEPEST - 1);
            switch (*at) {
            case '{':
            case '[':
                if (++depth < DEEPEST)
                    frames[depth] = (Frame){.kind = *at == '{' ? OBJECT : ARRAY, .wants_key = *at == '{'};
                break;
            case '}':
            case ']':
                if (depth > 0 && --depth < DEEPEST - 1) take(frames + depth, stir(frame->sum ^ typed(frame->kind, seed)), seed);
                break;
            case '"': {
                const uint8_t *start = at + 1;
                at = text_end(start, end);
                if (frame->wants_key) {
                    frame->key = stir_bytes(start, (size_t)(at - start), seed);
                    frame->wants_key = 0;
                } else {
                    take(frame, typed(TEXT, seed), seed);
                }
                if (at == end) at--;
                break;
            }
            case ',':
                frame->wants_key = frame->kind == OBJECT;
                break;
            case ':':
                break;
            case 't':
            case 'f':
            case 'n':
                take(frame, typed(*at == 'n' ? NUL : BOOL, seed), seed);
                while (at + 1 < end && at[1] >= 'a' && at[1] <= 'z') at++;
                break;
            default:
                at = number_end(at, end, &kind) - 1;
                take(frame, typed(kind, seed), seed);
            }
            if (depth >= DEEPEST - 1) frames[0].kind = 0;
        }
        if (lines < capacity) shapes[lines] = frames[0].kind == ROOT ? frames[0].sum | 1 : 0;
        lines++;
        at++;
    }
    return lines;
}
