"""Refresh tokens that were logged out, as simplejwt keeps them."""

from django.core.management import call_command

from relational.translation import translated_errors


def prune_tokens() -> None:
    """Forget the logged-out refresh tokens that have ended anyway. Called by relays. Raises: StoreError."""
    with translated_errors(writes=True):
        call_command("flushexpiredtokens")
