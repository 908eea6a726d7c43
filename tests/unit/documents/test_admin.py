"""The admin's page of collections: what Trivium keeps itself is to be looked at only."""

from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import RequestFactory

from core.principals import SYSTEM_ID
from documents.admin import CollectionAdmin
from documents.models import Collection


class Superuser:
    is_active = is_staff = is_superuser = True

    def has_perm(self, name):
        return True


@pytest.mark.parametrize(("owner", "may_change"), [(SYSTEM_ID, False), (uuid4(), True)])
def test_what_trivium_keeps_is_changed_by_nobody(owner, may_change):
    page, request = CollectionAdmin(Collection, admin.site), RequestFactory().get("/")
    request.user = Superuser()  # type: ignore[assignment]  # all that the page asks of a user
    row = Collection(name="summaries", owner=owner)
    assert page.has_view_permission(request, row)
    assert page.has_change_permission(request, row) is may_change
