"""Cursors: where a page ended, signed and bound to who asked what, so that one cannot be made up or carried elsewhere.

Called by every paged answer. The position is plain JSON values; nothing in a cursor is secret.
"""

from typing import Any

from django.core import signing

from core.errors import InvalidInput

SALT = "trivium.cursor"
REMEDY = "take `next` of the page before unchanged, with the same parameters; or leave the cursor out"


def sign_cursor(position: list[Any], *, bound_to: str) -> str:
    """Write a position as URL-safe text, bound to a question (any text that names who asks what).

    One position has one text: an answer that has not changed has the same entity tag.
    """
    return signing.Signer(salt=_salt(bound_to)).sign_object(position)


def read_cursor(text: str, *, bound_to: str) -> list[Any]:
    """Return the position of a cursor made for the same question.

    Raises: InvalidInput for a cursor that was changed, cut short, or made for another question.
    """
    try:
        position = signing.Signer(salt=_salt(bound_to)).unsign_object(text)
    except signing.BadSignature as error:
        raise InvalidInput(f"this is no cursor of this question: {REMEDY}", path="cursor") from error
    return list(position)


def _salt(bound_to: str) -> str:
    return f"{SALT}:{bound_to}"
