/* Reads JSON strictly and writes it canonically, as orjson does with sorted keys. What is not surely read and written
   as the portable way would, or is wrong, is left: `false`, and the portable way decides. */
#ifndef TRIVIUM_JSON_H
#define TRIVIUM_JSON_H

#include <stdbool.h>

#include "native.h"

#define JSON_DEPTH 64
#define JSON_MEMBERS 512
#define JSON_SORTED 256
#define JSON_TEXT 65536

/* A member of an object that is being read: where its text and its key begin in what is written. */
typedef struct {
    const uint8_t *start, *end;
    uint32_t key;
} Member;

/* What is read, from `at` to `end`, and what is written, from `out` to `limit`. */
typedef struct {
    const uint8_t *at, *end;
    uint8_t *out, *limit;
    int used;
    Member members[JSON_MEMBERS];
    uint8_t scratch[JSON_TEXT];
} Json;

void json_space(Json *json);
/* Read an object, or a text, and write it; a raw text without quotes and escapes. */
bool json_object(Json *json, int depth);
bool json_text(Json *json, bool raw);

#endif
