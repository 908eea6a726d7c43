"""One mixed answer, asked of the running API as a stranger would: by HTTP, as the demo user."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from stack.environment import DEMO_USER
from stack.errors import StackError
from stack.servers import API, Site

PARTS = "accounts,transactions,documents,events"
TIMEOUT_S = 30


def ask_mixed_question(site: Site) -> tuple[str, dict[str, Any]]:
    """Log in as the demo user and read that user with everything that the three stores know; return path and answer.

    Raises: StackError when the API answers anything but 2xx.
    """
    address = API(site).address
    credentials = {"username": DEMO_USER, "password": site.passwords["demo"]}
    token = _ask(f"{address}/api/v1/auth/token", body=credentials)["access"]
    me = _ask(f"{address}/api/v1/users/me", token=token)["id"]
    path = f"/api/v1/users/{me}?expand={PARTS}"
    return path, _ask(address + path, token=token)


def shorten(value: Any, *, max_items: int = 2) -> Any:
    """Cut every list to its first items, for showing."""
    if isinstance(value, dict):
        return {key: shorten(item, max_items=max_items) for key, item in value.items()}
    if isinstance(value, list):
        left_out = [f"… {len(value) - max_items} more"] if len(value) > max_items else []
        return [*(shorten(item, max_items=max_items) for item in value[:max_items]), *left_out]
    return value


def _ask(url: str, *, token: str = "", body: Mapping[str, str] | None = None) -> dict[str, Any]:
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=content, headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - our own address
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(500).decode("utf-8", "replace")
        raise StackError(f"the API answers {error.code} to {url}: {text}; see make logs ARGS=api") from error
    except (OSError, ValueError) as error:
        raise StackError(f"the API does not answer {url}: {error}; see make logs ARGS=api") from error
