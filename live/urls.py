"""Every route of the live process."""

from django.urls import path

from live.views import show_alive, show_metrics, stream_events, stream_export

handler400 = "api.problems.bad_request"
handler404 = "api.problems.page_not_found"
handler500 = "api.problems.server_error"

urlpatterns = [
    path("livez", show_alive),
    path("metrics", show_metrics),
    path("live/v1/streams/<str:stream>/events", stream_events),
    path("live/v1/streams/<str:stream>/export", stream_export),
    path("live/v1/export", stream_export),
]
