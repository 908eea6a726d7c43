"""An index by which messages that wait are found."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relational', '0006_people'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['available'], name='outbox_waiting'),
        ),
    ]
