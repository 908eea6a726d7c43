"""Ids in bodies: every field that reads one takes a UUID as text in its usual form, in either case, and nothing else."""

from uuid import UUID

import pytest
from rest_framework import serializers

from api.serializers import StrictIdField, StrictSerializer

USUAL = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
OTHER_FORMS = [
    f"urn:uuid:{USUAL}",
    f"{{{USUAL}}}",
    USUAL.replace("-", ""),
    f" {USUAL}",
    f"{USUAL}\n",
    USUAL.replace("0", "٠"),
    "",
    7,
    True,
    [USUAL],
]


def bodies():
    import api.urls  # noqa: F401 - the views bring their serializers

    waiting = [StrictSerializer]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        yield from (kind for kind in kinds if kind.__module__.startswith("api."))


def id_fields():
    """Every field of a body that reads ids, by its name; that of a list reads its items."""
    found = {}
    for body in bodies():
        for name, sent in body().fields.items():
            field = getattr(sent, "child", sent)
            if isinstance(field, serializers.UUIDField) or name.endswith("_id"):
                found[f"{body.__name__}.{name}"] = field
    return found


def test_every_body_with_an_id_is_found():
    assert set(id_fields()) >= {
        "PostingEntrySerializer.account_id",
        "NewAccountSerializer.owner_id",
        "NewCollectionSerializer.owner_id",
        "NewStreamSerializer.owner_id",
        "StreamChangeSerializer.readers",
        "StreamChangeSerializer.writers",
    }


@pytest.mark.parametrize("name", id_fields())
def test_an_id_is_read_in_its_usual_form_only(name):
    field = id_fields()[name]
    assert isinstance(field, StrictIdField)
    for text in (USUAL, USUAL.upper()):
        assert field.run_validation(text) == UUID(USUAL)
    for other in OTHER_FORMS:
        with pytest.raises(serializers.ValidationError, match="write a UUID"):
            field.run_validation(other)
