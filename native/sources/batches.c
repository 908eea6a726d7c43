/* Writes placed events as rows of BATCH messages, those of one partition together. Source: native protocol v5, 4.1.7. */
#include "events.h"

#define PREPARED 1
#define VALUES 11
#define ROW_BYTES 160 /* beside its texts, the stream's name and the statement's id */

/* A statement of one class, and which table it writes. */
typedef struct {
    const uint8_t *id;
    uint64_t length;
} Statement;

/* What rows are written from: events with their texts, in `order`. */
typedef struct {
    const Settings *settings;
    const Statement *statements; /* by class */
    const uint8_t *texts;
    int64_t written_us, max_rows, max_bytes;
    int32_t table, unused;
} Table;

static const ActorVersion *actor_version(const Table *table, const Event *event) {
    return &table->settings->actors[event->actor_version];
}

static int compare_texts(const Table *table, const Text *one, const Text *other) {
    if (one->length != other->length) return one->length < other->length ? -1 : 1;
    return memcmp(table->texts + one->at, table->texts + other->at, one->length);
}

/* An event's place, and what it is sorted by. */
typedef struct {
    uint64_t key, place;
} Sorted;

#define COMPARE(one, other) \
    if ((one) != (other)) return (one) < (other) ? -1 : 1

static int compare_partitions(const Table *table, const Event *one, const Event *other) {
    const StreamVersion *streams = table->settings->streams;
    COMPARE(streams[one->version].retention, streams[other->version].retention);
    if (table->table == BY_STREAM) {
        COMPARE(one->bucket, other->bucket);
        COMPARE(one->shard, other->shard);
        return 0;
    }
    COMPARE(one->actor_bucket, other->actor_bucket);
    COMPARE(actor_version(table, one)->groups, actor_version(table, other)->groups);
    COMPARE(one->lane, other->lane);
    return actor_version(table, one)->groups ? 0 : compare_texts(table, &one->texts[ACTOR], &other->texts[ACTOR]);
}

static int compare_events(const Table *table, const Event *one, const Event *other) {
    int order = compare_partitions(table, one, other);
    return order || table->table == BY_STREAM ? order : compare_texts(table, &one->texts[ACTOR], &other->texts[ACTOR]);
}

static uint64_t stir(uint64_t value, uint64_t with) {
    value = (value ^ with) * 0xd6e8feb86659fd93ULL;
    return value ^ value >> 32;
}

static uint64_t hash_actor(const Table *table, const Event *event) {
    const uint8_t *at = table->texts + event->texts[ACTOR].at;
    uint64_t value = 0;
    for (uint32_t i = 0; i < event->texts[ACTOR].length; i++) value = stir(value, at[i] + 1u);
    return value;
}

/* Make a number that is equal for events that belong together: its upper half for those of one partition. Others of the
   same number do no harm but smaller batches: what is one partition is compared again. */
static uint64_t key_of(const Table *table, const Event *event) {
    uint64_t key = stir((uint64_t)table->settings->streams[event->version].retention, 1);
    if (table->table == BY_STREAM) return stir(stir(key, (uint64_t)event->bucket), event->shard) >> 32 << 32;
    uint64_t groups = (uint64_t)actor_version(table, event)->groups, actor = hash_actor(table, event);
    key = stir(stir(stir(key, (uint64_t)event->actor_bucket), groups), groups ? event->lane : actor);
    return key >> 32 << 32 | actor >> 32;
}

/* Sort by merging, which keeps the order of equals; `spare` has room for half as many. */
static void sort(Sorted *sorted, Sorted *spare, size_t count) {
    if (count < 2) return;
    size_t half = count / 2, left = 0, right = half, to = 0;
    sort(sorted, spare, half);
    sort(sorted + half, spare, count - half);
    if (sorted[half - 1].key <= sorted[half].key) return;
    memcpy(spare, sorted, half * sizeof *spare);
    while (left < half && right < count) sorted[to++] = spare[left].key <= sorted[right].key ? spare[left++] : sorted[right++];
    memcpy(sorted + to, spare + left, (half - left) * sizeof *spare);
}

static uint8_t *put(uint8_t *to, const void *bytes, uint32_t length) {
    write_be32(to, length);
    memcpy(to + 4, bytes, length);
    return to + 4 + length;
}

static uint8_t *put_number(uint8_t *to, int64_t value, int bytes) {
    uint8_t wide[8];
    write_be64(wide, (uint64_t)value);
    return put(to, wide + 8 - bytes, (uint32_t)bytes);
}

static uint8_t *put_text(uint8_t *to, const Table *table, const Text *text) { return put(to, table->texts + text->at, text->length); }

static uint8_t *put_digits(uint8_t *to, uint32_t value) {
    uint8_t digits[10];
    int count = 0;
    do digits[count++] = (uint8_t)('0' + value % 10);
    while (value /= 10);
    while (count) *to++ = digits[--count];
    return to;
}

/* Write the lane: number/groups, or actor:<actor> for its own. */
static uint8_t *put_lane(uint8_t *to, const Table *table, const Event *event) {
    int32_t groups = actor_version(table, event)->groups;
    uint8_t *at = to + 4;
    if (groups) {
        at = put_digits(at, event->lane);
        *at++ = '/';
        at = put_digits(at, (uint32_t)groups);
    } else {
        memcpy(at, "actor:", 6);
        memcpy(at + 6, table->texts + event->texts[ACTOR].at, event->texts[ACTOR].length);
        at += 6 + event->texts[ACTOR].length;
    }
    write_be32(to, (uint32_t)(at - to - 4));
    return at;
}

static uint8_t *put_row(uint8_t *to, const Table *table, const Event *event) {
    const Settings *settings = table->settings;
    const Statement *statement = &table->statements[settings->streams[event->version].retention];
    *to++ = PREPARED;
    write_be16(to, (uint16_t)statement->length);
    memcpy(to + 2, statement->id, statement->length);
    to += 2 + statement->length;
    write_be16(to, VALUES);
    to += 2;
    if (table->table == BY_STREAM) {
        to = put(to, settings->stream, (uint32_t)settings->stream_length);
        to = put_number(to, event->bucket, 8);
        to = put_number(to, event->shard, 2);
        to = put(to, event->id, sizeof event->id);
        to = put_text(to, table, &event->texts[ACTOR]);
    } else {
        to = put_lane(to, table, event);
        to = put_number(to, event->actor_bucket, 8);
        to = put_text(to, table, &event->texts[ACTOR]);
        to = put(to, event->id, sizeof event->id);
        to = put(to, settings->stream, (uint32_t)settings->stream_length);
    }
    to = put_text(to, table, &event->texts[KIND]);
    to = put_text(to, table, &event->texts[LEVEL]);
    to = put_text(to, table, &event->texts[PAYLOAD]);
    to = put_text(to, table, &event->texts[CLIENT_ID]);
    to = put_number(to, event->ttl_s, 4);
    return put_number(to, table->written_us, 8);
}

static size_t bytes_of(const Table *table, const Event *event) {
    size_t bytes = ROW_BYTES + table->settings->stream_length + table->statements[table->settings->streams[event->version].retention].length;
    for (int i = 0; i < TEXTS; i++) bytes += event->texts[i].length;
    return bytes + (table->table == BY_ACTOR ? event->texts[ACTOR].length : 0);
}

/* Order the events that are placed so that those of a partition (and of an actor) stand together; return how many.
   `sorted` has room for half as many again. */
EXPORT size_t trivium_events_order(const Table *table, const Event *events, size_t count, Sorted *sorted, uint32_t *order) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (events[i].state == PLACED && (table->table == BY_STREAM || events[i].texts[ACTOR].length))
            sorted[found++] = (Sorted){key_of(table, &events[i]), i};
    sort(sorted, sorted + found, found);
    for (size_t i = 0; i < found; i++) order[i] = (uint32_t)sorted[i].place;
    return found;
}

/* Count the bytes that the rows of these events take at most. */
EXPORT size_t trivium_events_bytes(const Table *table, const Event *events, const uint32_t *order, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += bytes_of(table, &events[order[i]]);
    return bytes;
}

/* Write the rows in order; return how many batches they are. `batches` has room for as many as rows. */
EXPORT size_t trivium_events_batches(const Table *table, const Event *events, const uint32_t *order, size_t count, uint8_t *rows,
                                     size_t size, Batch *batches) {
    uint8_t *to = rows;
    size_t found = 0;
    Batch *batch = NULL;
    for (size_t i = 0; i < count; i++) {
        const Event *event = &events[order[i]];
        size_t most = bytes_of(table, event);
        if ((size_t)(rows + size - to) < most) return 0;
        if (!batch || batch->rows >= table->max_rows || (int64_t)(batch->length + most) > table->max_bytes ||
            compare_partitions(table, &events[order[i - 1]], event)) {
            batch = &batches[found++];
            *batch = (Batch){(uint64_t)(to - rows), 0, 0, (uint32_t)i, 0};
        }
        to = put_row(to, table, event);
        batch->rows++;
        batch->payload += event->texts[PAYLOAD].length;
        batch->length = (uint64_t)(to - rows) - batch->at;
    }
    return found;
}

/* Find where each actor's events of one bucket begin; return how many such places there are. */
EXPORT size_t trivium_events_actors(const Table *table, const Event *events, const uint32_t *order, size_t count, uint32_t *places) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || compare_events(table, &events[order[i - 1]], &events[order[i]])) places[found++] = (uint32_t)i;
    return found;
}

/* Find the lines in that state (of PLACED: those with a client's id); return how many. */
EXPORT size_t trivium_events_find(const Event *events, size_t count, int state, uint32_t *places) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (events[i].state == state && (state != PLACED || events[i].texts[CLIENT_ID].length)) places[found++] = (uint32_t)i;
    return found;
}

/* Count the lines in that state. */
EXPORT size_t trivium_events_count(const Event *events, size_t count, int state) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += events[i].state == state;
    return found;
}

/* Count the placed events by their shapes; where more differ than there is room for, all become of shape 0, unsaid. */
EXPORT size_t trivium_events_shapes(Event *events, size_t count, Shape *shapes, size_t room) {
    size_t found = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        const Event *event = &events[i];
        if (event->state != PLACED) continue;
        if (!found || shapes[at].shape != event->shape)
            for (at = 0; at < found && shapes[at].shape != event->shape;) at++;
        if (at == room) {
            for (size_t each = 0; each < count; each++) events[each].shape = 0;
            shapes[0] = (Shape){0};
            return 1;
        }
        if (at == found) shapes[found++] = (Shape){event->shape, event->time_us, event->time_us, (uint32_t)i, 0};
        Shape *shape = &shapes[at];
        shape->events++;
        if (event->time_us < shape->first_us) shape->first_us = event->time_us;
        if (event->time_us > shape->last_us) shape->last_us = event->time_us;
    }
    return found;
}

/* Find the placed events of a shape; return how many. */
EXPORT size_t trivium_events_of_shape(const Event *events, size_t count, uint64_t shape, uint32_t *places) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (events[i].state == PLACED && events[i].shape == shape) places[found++] = (uint32_t)i;
    return found;
}
