/* Events as lines of JSON, placed and written as rows. `timeseries/services/compiled.py` has the same structures. */
#ifndef TRIVIUM_EVENTS_H
#define TRIVIUM_EVENTS_H

#include "native.h"

enum { ACTOR, KIND, LEVEL, CLIENT_ID, PAYLOAD, TEXTS };
enum { LEFT, PLACED, DROPPED };
enum { BY_STREAM, BY_ACTOR };

/* Where a text lies in the texts. */
typedef struct {
    uint32_t at, length;
} Text;

/* What holds for the stream's events from a time on, in order of it; `days` of retention, below 0 for ever. */
typedef struct {
    int64_t valid_from_s, width_s;
    int32_t shards, days, retention, unused;
} StreamVersion;

/* How events that name an actor are laid out from a time on; sorted by class, actor (empty: all others), and time. */
typedef struct {
    int64_t valid_from_s, width_s;
    int32_t groups, retention;
    const uint8_t *actor; /* in order of length, then of bytes */
    uint64_t length;
} ActorVersion;

/* What all events of a chunk are read and placed under. */
typedef struct {
    const uint8_t *stream;
    uint64_t stream_length;
    const StreamVersion *streams;
    const ActorVersion *actors;
    uint64_t stream_versions, actor_versions;
    int64_t now_us, last_expiry_us, max_ttl_s, max_payload;
    uint64_t seed; /* of shapes */
} Settings;

/* A line: left to the portable way, or an event that is placed; one that is dropped gets no rows. */
typedef struct {
    uint8_t id[16];
    int64_t time_us, bucket, actor_bucket;
    uint64_t shape; /* of its payload, see shapes.c */
    Text texts[TEXTS];
    uint32_t line, length;
    uint32_t lane, actor_version;
    int32_t ttl_s;
    uint16_t shard;
    uint8_t state, version;
} Event;

/* Rows of one partition, one after the other, as a BATCH message has them; `first` is a place in the order. */
typedef struct {
    uint64_t at, length, payload;
    uint32_t first, rows;
} Batch;

/* A shape of payloads: how many events have it, of which times, and the place of one. */
typedef struct {
    uint64_t shape;
    int64_t first_us, last_us;
    uint32_t place, events;
} Shape;

size_t trivium_shapes(const uint8_t *text, size_t length, uint64_t seed, uint64_t *shapes, size_t capacity);

#endif
