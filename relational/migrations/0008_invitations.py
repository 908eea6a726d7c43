"""A membership that was not accepted yet is an invitation; who is a member by now has accepted."""

import django.utils.timezone
from django.db import migrations, models

# Going back takes the open ones along: without the column they would be memberships, for good once it is filled again.
ALL_ACCEPTED = "UPDATE relational_membership SET accepted = created"
NO_OPEN_ONES = "DELETE FROM relational_membership WHERE accepted IS NULL"


class Migration(migrations.Migration):

    dependencies = [("relational", "0007_outbox_reading")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="accepted",
            field=models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True),
        ),
        migrations.RunSQL(ALL_ACCEPTED, NO_OPEN_ONES),
    ]
