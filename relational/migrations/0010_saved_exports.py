"""Saved exports: what is exported again and again, each time what was stored since the last."""

import core.ids
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relational', '0009_jobs'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedExport',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('name', models.CharField(max_length=64)),
                ('request', models.JSONField()),
                ('since', models.DateTimeField(null=True)),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner_id', 'name'), name='saved_export_once')],
            },
        ),
    ]
