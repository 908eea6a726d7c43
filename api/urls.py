"""Every route, one line each; what an address knows stands in its resource's module."""

from django.contrib import admin
from django.urls import URLPattern, include, path, register_converter

from api.accounts import AccountsView, AccountView
from api.api_keys import ApiKeysView, ApiKeyView
from api.collections import CollectionsView, CollectionView
from api.column_rules import ColumnRulesView
from api.converters import AnyCaseUUIDConverter
from api.deletions import DeletionsView, RecountsView
from api.description import DocsView, SchemaView
from api.documents import DocumentsView, DocumentView
from api.event_aggregates import CountView, HistogramView, TopView
from api.events import ActorEventsView, StreamEventsView
from api.exports import ExportsView
from api.health import LiveView, ReadyView
from api.index import IndexView
from api.invitations import AcceptanceView, InvitationsView
from api.job_files import JobFilesView, JobFileView
from api.jobs import CancellationView, JobsView, JobView, RetryView
from api.lookups import LookupView
from api.members import MembersView, MemberView
from api.observation import MetricsView
from api.outbox import DeadMessagesView, ReplayView
from api.passwords import PasswordChangeView, PasswordResetConfirmView, PasswordResetView
from api.registration import RegistrationView
from api.statements import StatementView
from api.stream_fields import StreamFieldsView, StreamSchemaView
from api.streams import RetentionClassesView, StreamSettingsView, StreamsView, StreamView
from api.teams import TeamsView, TeamView
from api.tokens import LogOutView, RefreshView, TokenView
from api.transactions import ReversalView, TransactionsView, TransactionView
from api.usage import OwnerUsageView, StreamUsageView, UsageView
from api.users import MeView, UsersView, UserView

register_converter(AnyCaseUUIDConverter, "id")

handler400 = "api.problems.bad_request"
handler403 = "api.problems.permission_denied"
handler404 = "api.problems.page_not_found"
handler500 = "api.problems.server_error"

# Django tries them in turn: what is asked most comes first.
version_1: list[URLPattern] = [
    path("transactions", TransactionsView.as_view()),
    path("transactions/<id:transaction_id>", TransactionView.as_view()),
    path("transactions/<id:transaction_id>/reversal", ReversalView.as_view()),
    path("accounts", AccountsView.as_view()),
    path("accounts/<id:account_id>", AccountView.as_view()),
    path("accounts/<id:account_id>/statement", StatementView.as_view()),
    path("collections", CollectionsView.as_view()),
    path("collections/<str:collection>", CollectionView.as_view()),
    path("collections/<str:collection>/documents", DocumentsView.as_view()),
    path("collections/<str:collection>/documents/<str:document_id>", DocumentView.as_view()),
    path("streams", StreamsView.as_view()),
    path("streams/<str:stream>", StreamView.as_view()),
    path("streams/<str:stream>/settings", StreamSettingsView.as_view()),
    path("streams/<str:stream>/column-rules", ColumnRulesView.as_view()),
    path("streams/<str:stream>/events", StreamEventsView.as_view()),
    path("streams/<str:stream>/count", CountView.as_view()),
    path("streams/<str:stream>/histogram", HistogramView.as_view()),
    path("streams/<str:stream>/top", TopView.as_view()),
    path("streams/<str:stream>/schema", StreamSchemaView.as_view()),
    path("streams/<str:stream>/fields", StreamFieldsView.as_view()),
    path("streams/<str:stream>/usage", StreamUsageView.as_view()),
    path("streams/<str:stream>/deletions", DeletionsView.as_view()),
    path("streams/<str:stream>/recounts", RecountsView.as_view()),
    path("usage", UsageView.as_view()),
    path("usage/<id:owner_id>", OwnerUsageView.as_view()),
    path("streams/<str:stream>/lookups/<str:lookup>", LookupView.as_view()),
    path("events", ActorEventsView.as_view()),
    path("jobs", JobsView.as_view()),
    path("jobs/<id:job_id>", JobView.as_view()),
    path("jobs/<id:job_id>/cancel", CancellationView.as_view()),
    path("jobs/<id:job_id>/retry", RetryView.as_view()),
    path("jobs/<id:job_id>/files", JobFilesView.as_view()),
    path("jobs/<id:job_id>/files/<str:file_name>", JobFileView.as_view()),
    path("exports", ExportsView.as_view()),
    path("users", UsersView.as_view()),
    path("users/me", MeView.as_view()),
    path("users/<id:user_id>", UserView.as_view()),
    path("", IndexView.as_view()),
    path("auth/register", RegistrationView.as_view()),
    path("auth/token", TokenView.as_view()),
    path("auth/token/refresh", RefreshView.as_view()),
    path("auth/logout", LogOutView.as_view()),
    path("auth/password/change", PasswordChangeView.as_view()),
    path("auth/password/reset", PasswordResetView.as_view()),
    path("auth/password/reset/confirm", PasswordResetConfirmView.as_view()),
    path("api-keys", ApiKeysView.as_view()),
    path("api-keys/<str:api_key>", ApiKeyView.as_view()),
    path("teams", TeamsView.as_view()),
    path("teams/<id:team_id>", TeamView.as_view()),
    path("teams/<id:team_id>/members", MembersView.as_view()),
    path("teams/<id:team_id>/members/<id:user_id>", MemberView.as_view()),
    path("teams/<id:team_id>/acceptance", AcceptanceView.as_view()),
    path("invitations", InvitationsView.as_view()),
    path("retention-classes", RetentionClassesView.as_view()),
    path("outbox/dead", DeadMessagesView.as_view()),
    path("outbox/dead/<int:message_id>/replay", ReplayView.as_view()),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view()),
]

urlpatterns = [
    path("api/v1/", include(version_1)),
    path("livez", LiveView.as_view()),
    path("readyz", ReadyView.as_view()),
    path("metrics", MetricsView.as_view()),
    path("admin/", admin.site.urls),
]
