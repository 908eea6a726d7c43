"""Payloads held against their stream's schema, once per shape. Called by the appending of events."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from core.errors import InvalidInput
from timeseries.fields import StreamKey, key_of
from timeseries.payload_schemas import PayloadSchema
from timeseries.shapes import Field, fields_of, shapes_of
from timeseries.streams import Stream

MAX_REMEMBERED_FIELDS = 200_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a schema says of a shape: its fields as they are catalogued, a refusal, the paths of texts to look at."""

    fields: tuple[Field, ...]
    refusal: InvalidInput | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """The shape of each payload of a batch, what the schema says of each shape, and why some payloads do not fit."""

    shapes: Sequence[Hashable]
    verdicts: Mapping[Hashable, Verdict]
    refusals: Mapping[int, InvalidInput]


@dataclass(slots=True)
class _Remembered:
    """Verdicts, forgotten whole when they have many fields. No lock: a verdict that is lost is found again."""

    verdicts: dict[tuple[StreamKey, int, Hashable], Verdict]
    fields: int = 0


_remembered = _Remembered({})


def examine(stream: Stream, schema: PayloadSchema, payloads: Sequence[str]) -> Examined:
    """Hold payloads (canonical JSON objects) against the schema; refusals by place, their paths within the event."""
    shapes = shapes_of(payloads)
    examples = dict(zip(reversed(shapes), reversed(payloads), strict=True))
    life = key_of(stream)
    verdicts = {shape: verdict_of(life, schema, shape, payload) for shape, payload in examples.items()}
    if not any(verdict.refusal or verdict.texts for verdict in verdicts.values()):
        return Examined(shapes, verdicts, {})
    refusals = {}
    for place, (shape, payload) in enumerate(zip(shapes, payloads, strict=True)):
        refusal = refusal_of(schema, verdicts[shape], payload)
        if refusal is not None:
            refusals[place] = refusal
    return Examined(shapes, verdicts, refusals)


def verdict_of(life: StreamKey, schema: PayloadSchema, shape: Hashable, payload: str) -> Verdict:
    """Return what the schema says of a shape, of which `payload` is one."""
    key = (life, schema.version, shape)
    verdict = _remembered.verdicts.get(key)
    if verdict is None:
        verdict = _judge(schema, payload)
        if _remembered.fields > MAX_REMEMBERED_FIELDS:
            _remembered.verdicts, _remembered.fields = {}, 0
        _remembered.verdicts[key] = verdict
        _remembered.fields += 1 + len(verdict.fields)
    return verdict


def _judge(schema: PayloadSchema, payload: str) -> Verdict:
    fields = fields_of(orjson.loads(payload))
    refusal = schema.refusal_of(fields)
    typed = {(path, schema.type_of(path, kind)) for path, kind in fields}
    return Verdict(tuple(sorted(typed)), refusal, () if refusal else schema.texts_to_read(fields))


def refusal_of(schema: PayloadSchema, verdict: Verdict, payload: str) -> InvalidInput | None:
    """Return why a payload of that verdict's shape does not fit, None where it does."""
    if verdict.refusal or not verdict.texts:
        return verdict.refusal
    try:
        schema.check_texts(orjson.loads(payload), verdict.texts)
    except InvalidInput as refusal:
        return refusal
    return None
