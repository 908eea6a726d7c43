/* Reads lines of JSON as events, checks and places them, as timeseries/events.py, identity.py and placement.py do. */
#include "events.h"

#include "json.h"
#include "sha256.h"

#define DAY_S 86400
#define SECOND_US 1000000
#define GREGORIAN_S 12219292800LL /* from 1582-10-15 to 1970 */
#define LINE_BYTES (1 << 20)
#define FIRST_YEAR 1600
#define LAST_YEAR 5235 /* later ones no id holds */
#define USER "user:"

static const char *const NAMES[TEXTS] = {"actor", "kind", "level", "id", "payload"};
static const uint32_t BOUNDS[TEXTS] = {256, 64, 64, 128, 0};

/* What is being read. */
typedef struct {
    Json *json;
    const uint8_t *texts; /* where offsets count from */
    const Settings *settings;
} Reading;

static bool number_of(const uint8_t *at, int digits, int *found) {
    *found = 0;
    for (int i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        *found = *found * 10 + at[i] - '0';
    }
    return true;
}

/* Count the days from 1970 to a date of the Gregorian calendar; -1 for a date that there is not. */
static int64_t days_to(int year, int month, int day, bool *is_date) {
    static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int BEFORE[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leaps = (year % 4 == 0 && year % 100) || year % 400 == 0;
    *is_date = month >= 1 && month <= 12 && day >= 1 && day <= LENGTHS[month - 1] + (leaps && month == 2);
    if (!*is_date) return -1;
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400 - 719162 + BEFORE[month - 1] + (leaps && month > 2) + day - 1;
}

/* Read 2026-01-31T12:00:00.123456Z, or with +09:00, as microseconds since 1970. */
static bool read_time(const uint8_t *at, size_t length, int64_t *time_us) {
    int year, month, day, hour, minute, second, fraction = 0, away_h = 0, away_m = 0;
    bool is_date;
    if (length < 20 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':') return false;
    if (!number_of(at, 4, &year) || !number_of(at + 5, 2, &month) || !number_of(at + 8, 2, &day)) return false;
    if (!number_of(at + 11, 2, &hour) || !number_of(at + 14, 2, &minute) || !number_of(at + 17, 2, &second)) return false;
    int64_t days = days_to(year, month, day, &is_date);
    if (!is_date || year < FIRST_YEAR || year > LAST_YEAR || hour > 23 || minute > 59 || second > 59) return false;
    const uint8_t *rest = at + 19, *end = at + length;
    if (*rest == '.') {
        int digits = 0;
        for (rest++; rest < end && *rest >= '0' && *rest <= '9'; rest++, digits++) {
            if (digits == 6) return false;
            fraction = fraction * 10 + *rest - '0';
        }
        if (!digits) return false;
        for (; digits < 6; digits++) fraction *= 10;
    }
    int sign = rest < end && *rest == '-' ? -1 : 1;
    if (end - rest == 6 && (*rest == '+' || *rest == '-') && rest[3] == ':') {
        if (!number_of(rest + 1, 2, &away_h) || !number_of(rest + 4, 2, &away_m) || away_h > 23 || away_m > 59) return false;
    } else if (end - rest != 1 || *rest != 'Z') {
        return false;
    }
    int64_t seconds = days * DAY_S + hour * 3600 + minute * 60 + second - sign * (away_h * 3600 + away_m * 60);
    *time_us = seconds * SECOND_US + fraction;
    return true;
}

static bool is_hex(uint8_t c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

/* Check <source>:<key>, or user:<uuid>, which is written in small letters. */
static bool check_actor(uint8_t *actor, size_t length) {
    uint8_t *colon = memchr(actor, ':', length);
    if (!colon || colon == actor || colon + 1 == actor + length) return false;
    if (length < 5 || memcmp(actor, USER, 5)) return true;
    if (length != 41) return false;
    for (size_t i = 0; i < 36; i++) {
        uint8_t *at = actor + 5 + i;
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (*at != '-') return false;
        } else if (!is_hex(*at)) {
            return false;
        } else if (*at >= 'A' && *at <= 'F') {
            *at |= 32;
        }
    }
    return true;
}

static bool read_text(Reading *reading, Event *event, int which) {
    Json *json = reading->json;
    uint8_t *from = json->out;
    if (json->end - json->at >= 4 && !memcmp(json->at, "null", 4)) {
        json->at += 4;
        return true;
    }
    if (!json_text(json, true)) return false;
    size_t length = (size_t)(json->out - from);
    if (!length || length > BOUNDS[which]) return false;
    event->texts[which] = (Text){(uint32_t)(from - reading->texts), (uint32_t)length};
    return which != ACTOR || check_actor(from, length);
}

static bool read_payload(Reading *reading, Event *event) {
    Json *json = reading->json;
    uint8_t *from = json->out;
    if (!json_object(json, 0) || json->out - from > reading->settings->max_payload) return false;
    event->texts[PAYLOAD] = (Text){(uint32_t)(from - reading->texts), (uint32_t)(json->out - from)};
    return true;
}

static bool read_member(Reading *reading, Event *event, unsigned *seen) {
    Json *json = reading->json;
    if (json->at >= json->end || *json->at++ != '"') return false;
    const uint8_t *name = json->at, *quote = memchr(name, '"', (size_t)(json->end - name));
    if (!quote) return false;
    size_t length = (size_t)(quote - name);
    int which = 0;
    while (which < TEXTS && (strlen(NAMES[which]) != length || memcmp(NAMES[which], name, length))) which++;
    if (which == TEXTS && (length != 4 || memcmp(name, "time", 4))) return false;
    if (*seen & 1u << which) return false;
    *seen |= 1u << which;
    json->at = quote + 1;
    json_space(json);
    if (json->at >= json->end || *json->at++ != ':') return false;
    json_space(json);
    if (which == PAYLOAD) return read_payload(reading, event);
    if (which < PAYLOAD) return read_text(reading, event, which);
    if (json->at >= json->end || *json->at++ != '"') return false;
    const uint8_t *time = json->at;
    quote = memchr(time, '"', (size_t)(json->end - time));
    if (!quote) return false;
    json->at = quote + 1;
    return read_time(time, (size_t)(quote - time), &event->time_us);
}

static bool read_line(Reading *reading, Event *event) {
    Json *json = reading->json;
    unsigned seen = 0;
    json->used = 0;
    json_space(json);
    if (json->at >= json->end || *json->at++ != '{') return false;
    for (;;) {
        json_space(json);
        if (!read_member(reading, event, &seen)) return false;
        json_space(json);
        if (json->at >= json->end) return false;
        uint8_t mark = *json->at++;
        if (mark == '}') break;
        if (mark != ',') return false;
    }
    json_space(json);
    if (json->at < json->end || !(seen & 1u << TEXTS)) return false;
    if (!(seen & 1u << PAYLOAD)) {
        if (json->limit - json->out < 2) return false;
        event->texts[PAYLOAD] = (Text){(uint32_t)(json->out - reading->texts), 2};
        *json->out++ = '{', *json->out++ = '}';
    }
    return true;
}

static int64_t floor_to(int64_t value, int64_t step) {
    int64_t left = value % step;
    return value - (left < 0 ? left + step : left);
}

static void add_framed(Sha256 *hash, const uint8_t *bytes, size_t length) {
    uint8_t frame[8];
    write_be64(frame, length);
    sha256_add(hash, frame, sizeof frame);
    sha256_add(hash, bytes, length);
}

/* Make the event's id of stream, time and the client's own id or all that it says. */
static void identify(const Reading *reading, Event *event) {
    const Settings *settings = reading->settings;
    const Text *texts = event->texts;
    uint8_t content[33] = {0}, digest[32], frame[4];
    Sha256 hash;
    if (!texts[CLIENT_ID].length) {
        static const int ORDER[] = {PAYLOAD, ACTOR, KIND, LEVEL};
        sha256_begin(&hash);
        for (int i = 0; i < 4; i++) add_framed(&hash, reading->texts + texts[ORDER[i]].at, texts[ORDER[i]].length);
        sha256_end(&hash, content + 1);
    }
    sha256_begin(&hash);
    write_be32(frame, (uint32_t)settings->stream_length);
    sha256_add(&hash, frame, sizeof frame);
    sha256_add(&hash, settings->stream, settings->stream_length);
    if (texts[CLIENT_ID].length) {
        sha256_add(&hash, "\1", 1);
        sha256_add(&hash, reading->texts + texts[CLIENT_ID].at, texts[CLIENT_ID].length);
    } else {
        sha256_add(&hash, content, sizeof content);
    }
    sha256_end(&hash, digest);
    uint64_t ticks = (uint64_t)((event->time_us + GREGORIAN_S * SECOND_US) * 10);
    write_be32(event->id, (uint32_t)ticks);
    write_be16(event->id + 4, (uint16_t)(ticks >> 32));
    write_be16(event->id + 6, (uint16_t)(0x1000 | ticks >> 48));
    memcpy(event->id + 8, digest, 8);
    event->id[8] = (uint8_t)((event->id[8] & 0x3f) | 0x80);
    event->id[10] |= 1;
}

static int compare_actors(const ActorVersion *version, int32_t retention, const uint8_t *actor, size_t length) {
    if (version->retention != retention) return version->retention < retention ? -1 : 1;
    if (version->length != length) return version->length < length ? -1 : 1;
    return memcmp(version->actor, actor, length);
}

/* Find the last settings under that name that hold at that time. */
static bool find_version(const Settings *settings, int32_t retention, const uint8_t *actor, size_t length, int64_t time_s, uint32_t *found) {
    uint64_t low = 0, high = settings->actor_versions;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const ActorVersion *version = &settings->actors[middle];
        int order = compare_actors(version, retention, actor, length);
        if (order < 0 || (order == 0 && version->valid_from_s <= time_s)) low = middle + 1;
        else high = middle;
    }
    *found = (uint32_t)(low - 1);
    return low && compare_actors(&settings->actors[low - 1], retention, actor, length) == 0;
}

static bool place_actor(const Reading *reading, Event *event, int64_t time_s) {
    const uint8_t *actor = reading->texts + event->texts[ACTOR].at;
    size_t length = event->texts[ACTOR].length;
    if (!length) return true;
    int32_t retention = reading->settings->streams[event->version].retention;
    if (!find_version(reading->settings, retention, actor, length, time_s, &event->actor_version) &&
        !find_version(reading->settings, retention, actor, 0, time_s, &event->actor_version))
        return false;
    const ActorVersion *version = &reading->settings->actors[event->actor_version];
    event->actor_bucket = floor_to(time_s, version->width_s);
    event->lane = 0;
    if (version->groups) {
        Sha256 hash;
        uint8_t digest[32];
        sha256_begin(&hash);
        sha256_add(&hash, actor, length);
        sha256_end(&hash, digest);
        event->lane = (uint32_t)(read_be64(digest) % (uint64_t)version->groups);
    }
    return true;
}

/* Find partition and time to live; what has expired, or cannot expire, is left. */
static bool place(const Reading *reading, Event *event) {
    const Settings *settings = reading->settings;
    int64_t time_s = floor_to(event->time_us, SECOND_US) / SECOND_US;
    event->version = 0;
    for (uint64_t i = 1; i < settings->stream_versions; i++)
        if (settings->streams[i].valid_from_s <= time_s) event->version = (uint8_t)i;
    const StreamVersion *version = &settings->streams[event->version];
    event->bucket = floor_to(time_s, version->width_s);
    if (version->days >= 0) {
        int64_t expiry_us = event->time_us + (int64_t)version->days * DAY_S * SECOND_US;
        int64_t left_s = -floor_to(-expiry_us, SECOND_US) / SECOND_US - floor_to(settings->now_us, SECOND_US) / SECOND_US;
        /* A bucket's list lives up to a day longer. */
        if (expiry_us <= settings->now_us || left_s + DAY_S > settings->max_ttl_s) return false;
        if (expiry_us + (int64_t)DAY_S * SECOND_US > settings->last_expiry_us) return false;
        event->ttl_s = (int32_t)left_s;
    }
    identify(reading, event);
    uint64_t node = (uint64_t)read_be32(event->id + 12) | (uint64_t)event->id[11] << 32;
    event->shard = (uint16_t)(node % (uint64_t)version->shards);
    return place_actor(reading, event, time_s);
}

/* Read up to `most` lines; return how many. The last need not end in a line feed. Texts take no more room than lines. */
EXPORT size_t trivium_events_read(const uint8_t *lines, size_t length, const Settings *settings, Event *events, size_t most,
                                  uint8_t *texts, size_t size, size_t *consumed, size_t *written) {
    Json json;
    Reading reading = {&json, texts, settings};
    const uint8_t *at = lines, *end = lines + length;
    size_t count = 0;
    json.out = texts, json.limit = texts + size;
    for (; at < end && count < most; count++) {
        const uint8_t *feed = memchr(at, '\n', (size_t)(end - at));
        Event *event = &events[count];
        uint8_t *before = json.out;
        memset(event, 0, sizeof *event);
        event->line = (uint32_t)(at - lines);
        event->length = (uint32_t)((feed ? feed : end) - at);
        json.at = at, json.end = at + event->length;
        if (event->length <= LINE_BYTES && read_line(&reading, event) && place(&reading, event)) {
            const Text *payload = &event->texts[PAYLOAD];
            event->state = PLACED;
            trivium_shapes(texts + payload->at, payload->length, settings->seed, &event->shape, 1);
        } else {
            json.out = before;
        }
        at = feed ? feed + 1 : end;
    }
    *consumed = (size_t)(at - lines);
    *written = (size_t)(json.out - texts);
    return count;
}
