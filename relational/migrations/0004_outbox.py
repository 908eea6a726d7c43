"""The relays that run; indexes by which what is due is found; scopes of API keys for operations."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relational', '0003_owners_and_outbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxRelay',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('expires', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='outboxmessage',
            name='outbox_pending',
        ),
        migrations.AlterField(
            model_name='apikey',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('identity:read', 'identity:read'), ('ledger:read', 'ledger:read'), ('ledger:write', 'ledger:write'), ('documents:read', 'documents:read'), ('documents:write', 'documents:write'), ('events:read', 'events:read'), ('events:write', 'events:write'), ('operations:read', 'operations:read'), ('operations:write', 'operations:write')], max_length=32), size=None),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['lane', 'topic', 'id'], name='outbox_pending'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['key', 'id'], name='outbox_pending_key'),
        ),
    ]
