"""What the C library has placed, held against the stream's schema, once per shape. Called by `accounting`."""

from timeseries.fields import Span, key_of
from timeseries.payload_schemas import PayloadSchema
from timeseries.services.catalogue import add_span
from timeseries.services.chunks import Chunk
from timeseries.services.compiled import CompiledEvents
from timeseries.services.conformity import Verdict, refusal_of, verdict_of
from timeseries.shapes import UNSAID, Field


def examine_compiled(chunk: Chunk, schema: PayloadSchema) -> dict[Field, Span]:
    """Reject what does not fit; return the fields of the rest. Events of shapes that are unsaid are left to Python."""
    spans: dict[Field, Span] = {}
    compiled = chunk.compiled
    if compiled is None:
        return spans
    life = key_of(chunk.stream)
    for shape, place, span in compiled.shapes():
        if shape == UNSAID:
            for each in compiled.of_shape(shape):
                chunk.take(each)
            continue
        verdict = verdict_of(life, schema, shape, compiled.payload(place))
        if verdict.refusal or verdict.texts:
            fitting = _fitting(chunk, compiled, schema, verdict, compiled.of_shape(shape))
        else:
            fitting = span
        if fitting:
            for field in verdict.fields:
                add_span(spans, field, fitting)
    return spans


def _fitting(
    chunk: Chunk, compiled: CompiledEvents, schema: PayloadSchema, verdict: Verdict, places: list[int]
) -> Span | None:
    """Reject those of one shape that do not fit; return the span of the others."""
    span: Span | None = None
    for place in places:
        refusal = refusal_of(schema, verdict, compiled.payload(place))
        if refusal is not None:
            chunk.reject(place, refusal)
            continue
        time_us = compiled.time_us(place)
        if span is None:
            span = Span(1, time_us, time_us)
        else:
            span.extend(Span(1, time_us, time_us))
    return span
