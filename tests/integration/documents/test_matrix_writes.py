"""Every writing operation of the matrix: MongoDB does as PostgreSQL does, or refuses as pinned in `refusals`."""

import pytest

from tests.integration.documents.matrix import creates, edge_writes, transactions, writes  # noqa: F401 - they register their operations
from tests.integration.documents.matrix.comparing import REFUSED, outcome
from tests.integration.documents.matrix.operations import WRITES
from tests.integration.documents.matrix.refusals import REFUSED_WRITES

APPS = ["tests.integration.documents.matrix_relational", "tests.integration.documents.matrix_documents"]
pytestmark = pytest.mark.django_db(databases=["default", "documents"], transaction=True, available_apps=APPS)


@pytest.mark.parametrize("name", WRITES)
def test_write_is_equal_or_refused(name, fresh_stores):
    found = outcome(WRITES[name], fresh_stores.documents)
    if name in REFUSED_WRITES:
        assert found[0] == REFUSED, f"{name} is answered now: {found}"
    else:
        assert found == outcome(WRITES[name], fresh_stores.relational)
