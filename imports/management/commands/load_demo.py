"""`manage.py load_demo`: made-up people in all three stores, and who may log in to them; see docs/loading.md."""

import os
from typing import Any

from django.core.management.base import CommandParser

from core.errors import InvalidInput
from core.exits import TriviumCommand
from core.principals import Role
from imports.progress import progress_bar

MAX_USERS = 100_000


class Command(TriviumCommand):
    """Fill the stores with demo data; running it again changes nothing."""

    help = "Load demo data, seeded and tied together over the three stores, and its log-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the size and the seed."""
        parser.add_argument("--users", type=int, default=20, help="how many people (20)")
        parser.add_argument("--seed", type=int, default=1, help="another seed is other people (1)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make log-ins of the environment's names and passwords, then the people."""
        count, seed = options["users"], options["seed"]
        if not 1 <= count <= MAX_USERS:
            raise InvalidInput(f"--users is between 1 and {MAX_USERS}", path="users")
        try:
            from imports import demo  # noqa: PLC0415 - Faker comes with an extra that servers need not have
        except ModuleNotFoundError as error:
            raise InvalidInput(f"{error.name} is missing: install requirements/stack.txt") from error
        user, password = os.environ.get("TRIVIUM_DEMO_USER"), os.environ.get("TRIVIUM_DEMO_PASSWORD")
        log_in = demo.LogIn(user, password) if user and password else None
        admin, admin_password = os.environ.get("TRIVIUM_ADMIN_USER"), os.environ.get("TRIVIUM_ADMIN_PASSWORD")
        if admin and admin_password:
            demo.ensure_log_in(demo.LogIn(admin, admin_password, Role.ADMIN))
        with progress_bar("demo data", count, in_bytes=False) as progress:
            counts = demo.load_demo(count, seed, log_in=log_in, progress=progress)
        self.stdout.write(
            f"demo: {counts.users} users, {counts.transactions} transactions, {counts.documents} documents, "
            f"{counts.events} events",
        )
