"""An index by which messages that wait are found; ids of messages start from the clock."""

from django.db import migrations, models

# Documents keep the id of the last message that changed them: ids that start again, in tables made anew, would be less
# than those, and what they tell ignored.
START_FROM_THE_CLOCK = """
SELECT setval(
  pg_get_serial_sequence('relational_outboxmessage', 'id'),
  greatest(last_value, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))
FROM relational_outboxmessage_id_seq
"""


class Migration(migrations.Migration):

    dependencies = [
        ('relational', '0006_people'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['available'], name='outbox_waiting'),
        ),
        migrations.RunSQL(START_FROM_THE_CLOCK, migrations.RunSQL.noop),
    ]
