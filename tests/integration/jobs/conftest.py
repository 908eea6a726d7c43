"""Two consumers and a way to queue jobs of theirs; workers run on the test's own thread unless it says else."""

import pytest

from core.principals import Principal
from jobs.kinds import load_kinds
from jobs.worker import Pace, Worker
from relational import services
from relational.models import Job, User
from relational.selectors import job_by_id

PACE = Pace(slots=1, lease_s=1.0, poll_s=0.05, retry_s=60.0)


@pytest.fixture
def people(django_db_setup, django_db_blocker):
    """Two consumers, stored for good until the test ends: a worker's threads have transactions of their own."""
    with django_db_blocker.unblock():
        yield {name: Principal(user_id) for name, user_id in services.ensure_users(["ada", "bob"]).items()}
        Job.objects.all().delete()
        User.objects.all().delete()


@pytest.fixture
def ada(people):
    return people["ada"]


@pytest.fixture
def add(ada):
    """Queue a probe of Ada's, or another kind; return its id."""

    def add_one(*, kind="probe", owner=None, max_failures=3, **request):
        return services.add_job(owner or ada, kind=kind, request={"n": 3, **request}, max_failures=max_failures).id

    return add_one


@pytest.fixture
def seen(ada):
    """Read a job of Ada's."""
    return lambda job_id: job_by_id(ada, job_id)


@pytest.fixture
def worker():
    """Make a worker of the tests' kinds; `drain` runs what is due."""
    return lambda **options: Worker("w", load_kinds(), pace=PACE, **options)
