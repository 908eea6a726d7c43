"""Mail that a request asks for, sent after its answer: how long that took tells nobody whom there is to send to."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from djoser.conf import settings as djoser_settings
from djoser.email import BaseDjoserEmail
from djoser.utils import encode_uid

from relational.rows import ResetRow

logger = logging.getLogger(__name__)
# One at a time, in the order they were asked for; a process that ends sends what is left.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class PasswordResetMail(BaseDjoserEmail):  # type: ignore[misc]  # djoser has no types
    """The link with which a user's password is reset."""

    template_name = "api/password_reset_mail.html"

    def get_context_data(self) -> dict[str, Any]:
        """Fill the link's template in."""
        context: dict[str, Any] = super().get_context_data()
        link = str(djoser_settings.PASSWORD_RESET_CONFIRM_URL)
        return {**context, "link": link.format(uid=context["uid"], token=context["token"])}


def send_resets(resets: Sequence[ResetRow]) -> None:
    """Send each user the link, later; a mail that cannot be sent is an error in the log."""
    _sender.submit(_send_resets, resets)


def wait_for_mail() -> None:
    """Return when everything that was asked for is sent."""
    _sender.submit(lambda: None).result()


def _send_resets(resets: Sequence[ResetRow]) -> None:
    for reset in resets:
        context = {"username": reset.username, "uid": encode_uid(reset.user_id), "token": reset.token}
        try:
            PasswordResetMail(context=context).send(to=[reset.email])
        except Exception:  # whatever a backend raises, the next ones get theirs
            logger.exception("the mail that resets the password of user %s was not sent", reset.user_id)
