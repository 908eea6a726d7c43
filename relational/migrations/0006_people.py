"""Users are found by their mail address, in any case, for a reset of the password; superusers are admins."""

import relational.models.identity
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):

    dependencies = [("relational", "0005_money")]

    operations = [
        migrations.AddIndex(model_name="user", index=models.Index(Upper("email"), name="user_by_email")),
        migrations.AlterModelManagers(name="user", managers=[("objects", relational.models.identity.PeopleManager())]),
    ]
