"""Every reading operation of the matrix: MongoDB answers as PostgreSQL does, or refuses as pinned in `refusals`."""

import pytest

from tests.integration.documents.matrix import aggregates, edges, filters, reads  # noqa: F401 - they register their operations
from tests.integration.documents.matrix.comparing import REFUSED, outcome
from tests.integration.documents.matrix.operations import READS
from tests.integration.documents.matrix.refusals import REFUSED_READS

pytestmark = pytest.mark.django_db(databases=["default", "documents"])


@pytest.mark.parametrize("name", READS)
def test_read_is_equal_or_refused(name, filled_stores):
    found = outcome(READS[name], filled_stores.documents)
    if name in REFUSED_READS:
        assert found[0] == REFUSED, f"{name} is answered now: {found}"
    else:
        assert found == outcome(READS[name], filled_stores.relational)
