"""A small table on both stores, with two rows."""

from types import SimpleNamespace

import pytest
from django.db import migrations

from tests.integration.documents.schema.bench import STOCK, Bench


@pytest.fixture
def benches():
    made = SimpleNamespace(documents=Bench("documents"), relational=Bench("default"))
    for bench in vars(made).values():
        table = migrations.CreateModel("Stock", STOCK)
        stock = bench.apply(table)
        stock.objects.create(name="a", code=1, size=5)
        stock.objects.create(name="b", code=None, size=6)
    yield made
    for bench in vars(made).values():
        bench.drop()
