"""Jobs and the workers that run them; API keys can be made for the scopes of jobs."""

import core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relational', '0008_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobWorker',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('expires', models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name='apikey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('identity:read', 'identity:read'), ('ledger:read', 'ledger:read'), ('ledger:write', 'ledger:write'), ('documents:read', 'documents:read'), ('documents:write', 'documents:write'), ('events:read', 'events:read'), ('events:write', 'events:write'), ('jobs:read', 'jobs:read'), ('jobs:write', 'jobs:write'), ('operations:read', 'operations:read'), ('operations:write', 'operations:write')], max_length=32), size=None),
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=64)),
                ('owner_id', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce('user_id', 'team_id', models.Value(uuid.UUID('00000000-0000-0000-0000-000000000000'), output_field=models.UUIDField())), output_field=models.UUIDField())),
                ('created_by', models.UUIDField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('request', models.JSONField()),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=9)),
                ('progress', models.JSONField(default=dict)),
                ('kept', models.JSONField(null=True)),
                ('result', models.JSONField(null=True)),
                ('error', models.JSONField(null=True)),
                ('attempt', models.IntegerField(default=0)),
                ('failures', models.IntegerField(default=0)),
                ('max_failures', models.IntegerField(default=5)),
                ('worker', models.CharField(blank=True, max_length=100)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('stored_bytes', models.BigIntegerField(default=0)),
                ('run_after', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lease_until', models.DateTimeField(null=True)),
                ('heartbeat', models.DateTimeField(null=True)),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started', models.DateTimeField(null=True)),
                ('finished', models.DateTimeField(null=True)),
                ('expires', models.DateTimeField(null=True)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='relational.job')),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='relational.team')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ('queued', 'running'))), fields=['id'], name='job_open'), models.Index(fields=['owner_id', 'id'], name='job_by_owner'), models.Index(condition=models.Q(('expires__isnull', False)), fields=['expires'], name='job_by_expiry')],
                'constraints': [models.CheckConstraint(condition=models.Q(('user__isnull', True), ('team__isnull', True), _connector='OR'), name='job_one_owner'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'succeeded', 'failed', 'cancelled'])), name='job_state_known')],
            },
        ),
    ]
