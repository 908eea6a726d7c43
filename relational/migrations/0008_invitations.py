"""A membership that was not accepted yet is an invitation; who is a member by now has accepted."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("relational", "0007_outbox_reading")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="accepted",
            field=models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True),
        ),
        migrations.RunSQL("UPDATE relational_membership SET accepted = created", migrations.RunSQL.noop),
    ]
