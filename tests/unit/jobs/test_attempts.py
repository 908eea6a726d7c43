"""What people are told of an error of a handler, and which are tried again."""

import pytest

from core.errors import Conflict, InvalidInput, Overloaded, StoreUnavailable
from jobs.attempts import describe_error, passes_by_itself


@pytest.mark.parametrize(
    ("error", "code", "passes"),
    [
        (InvalidInput("n is wrong"), "invalid_input", False),
        (Conflict("in use"), "conflict", False),
        (Overloaded("too much"), "overloaded", True),
        (StoreUnavailable("10.0.0.7 refused", store="timeseries"), "store_unavailable", True),
        (ZeroDivisionError("secret"), "internal_error", True),
    ],
)
def test_errors_are_told_by_code_and_tried_again_where_that_may_help(error, code, passes):
    told = describe_error(error)
    assert (told["code"], passes_by_itself(error)) == (code, passes)
    assert not {"10.0.0.7", "secret"} & set(told["message"].split())
