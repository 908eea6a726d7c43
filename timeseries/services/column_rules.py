"""Setting which columns of a stream a role does not see, or sees as pseudonyms."""

from typing import Any

import orjson

from core.errors import NotFound, PermissionRefused
from core.principals import Principal
from timeseries.column_rules import Rules, check_rules
from timeseries.directory import find_streams
from timeseries.selectors.column_rules import forget_rules
from timeseries.session import write
from timeseries.streams import may_change, may_see

INSERT_RULES = "INSERT INTO column_rules (directory, stream, rules) VALUES (0, ?, ?)"


def put_column_rules(principal: Principal, stream_name: str, raw: Any) -> Rules:
    """Replace the rules of a stream (see `column_rules.check_rules`); they hold everywhere after some seconds.

    Raises: NotFound, PermissionRefused, InvalidInput, StoreUnavailable, OutcomeUnknown.
    """
    stream = find_streams([stream_name]).get(stream_name)
    if stream is None or not may_see(principal, stream):
        raise NotFound(f"no stream {stream_name[:128]!r}")
    if not may_change(principal, stream):
        raise PermissionRefused(f"the rules of the stream {stream_name!r} are its owner's to make")
    rules = check_rules(raw)
    write(INSERT_RULES, (stream_name, orjson.dumps(rules).decode()))
    forget_rules()
    return rules
