import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import native
from timeseries.shapes import fields_of, shapes_of

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1e30, -2.0, "", 'a"b', "\\", "é\n{[", "x" * 30])
)
KEYS = st.sampled_from(["a", "b", 'q"', "\\", "a long name of a field", "a long name of a fielt", "é", ""])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
PAYLOADS = st.dictionaries(KEYS, VALUES, max_size=4)


def written(payload):
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()


@pytest.fixture(autouse=True)
def choice_as_before():
    yield
    native.choose("auto")


def marks(payloads, wish):
    native.choose(wish)
    return list(shapes_of(payloads))


@settings(max_examples=25)
@given(st.lists(PAYLOADS, min_size=1, max_size=12))
def test_the_compiled_marks_are_equal_where_the_portable_ones_are(payloads):
    texts = [written(payload) for payload in payloads]
    compiled, portable = marks(texts, "yes"), marks(texts, "no")
    for place in range(len(texts)):
        alike = [each == portable[place] for each in portable]
        assert [each == compiled[place] for each in compiled] == alike, texts


@settings(max_examples=25)
@given(st.lists(PAYLOADS, min_size=2, max_size=8))
def test_payloads_of_one_mark_have_the_same_fields(payloads):
    found: dict[object, object] = {}
    for mark, payload in zip(marks([written(each) for each in payloads], "yes"), payloads, strict=True):
        assert found.setdefault(mark, fields_of(payload)) == fields_of(payload)


@pytest.mark.parametrize(
    "text", ["", "{", '{"', '{"a', '{"a":', '["\\', "]}]}", "[" * 300, '{"a":' * 200, "[1,\n2", "\n\n"]
)
def test_what_is_no_json_is_gone_through_without_harm(text):
    native.choose("yes")
    library = native.library()
    assert library is not None
    import ctypes

    shapes = (ctypes.c_uint64 * 4)()
    assert library.trivium_shapes(text.encode(), len(text), ctypes.c_uint64(7), shapes, 4) <= text.count("\n") + 1


def test_fields_are_named_by_dotted_paths():
    payload = {"ip": "::1", "at": {"port": 22, "up": None}, "tags": ["a", 1], "lines": [{"sku": 1.5}, {}], "no": []}
    assert fields_of(payload) == {
        ("ip", "text"),
        ("at", "object"),
        ("at.port", "int"),
        ("at.up", "null"),
        ("tags", "array"),
        ("tags[]", "text"),
        ("tags[]", "int"),
        ("lines", "array"),
        ("lines[]", "object"),
        ("lines[].sku", "double"),
        ("no", "array"),
    }
