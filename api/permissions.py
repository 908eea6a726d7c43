"""Who may ask a view at all: a caller that is known, and whose scopes hold what the view names.

Whose things a caller reads and changes is decided below, by the principal, in selectors and services.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from core.errors import PermissionRefused
from core.principals import KEY_SCOPES, Principal

READ, WRITE = "read", "write"


class HasScope(BasePermission):
    """Lets in whose principal has `<scope of the view>:read`, or `:write` for what changes something."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller is known, which DRF answers with 401.

        Raises: PermissionRefused that names the scope that is missing.
        """
        caller: Any = request.user
        if caller is None:
            return False
        check_scope(caller.principal, needed_scope(view, request.method or ""))
        return True


def needed_scope(view: Any, method: str) -> str:
    """Name the scope that a method of a view (or of its class) needs."""
    return f"{view.scope}:{READ if method.upper() in SAFE_METHODS else WRITE}"


def check_scope(principal: Principal, scope: str) -> None:
    """Check that a principal has a scope.

    Raises: PermissionRefused.
    """
    if scope not in principal.scopes:
        if scope not in KEY_SCOPES:
            raise PermissionRefused(f"no API key can have the scope {scope}: log in for this")
        raise PermissionRefused(f"the API key was not made for this: it lacks the scope {scope}")
