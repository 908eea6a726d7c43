"""Every route. One line per resource; the resources' modules hold their own."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
