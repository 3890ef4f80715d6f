"""Legal holds, with the database's own guards for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dsr import triggers


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


def lift_guards(apps, schema_editor):
    # Back to before this migration the approvals' trigger must not name the holds; the older ones are installed again.
    triggers.lift(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0004_retention'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='attention',
            field=models.CharField(blank=True, choices=[('unreachable', "SegMetrics doesn't answer"), ('key_refused', 'SegMetrics refuses the API key'), ('unreadable_answer', "SegMetrics gave an answer that can't be read"), ('control_read_failed', "The connection can't be trusted right now"), ('request_refused', 'SegMetrics refuses the call'), ('contact_changed', 'The contact has changed since it was looked at'), ('contact_vanished', 'The contact is gone before it was exported'), ('another_contact', 'Another contact answers to an identifier'), ('still_there', 'Something deleted still answers'), ('left_over', 'Something outside the plan has appeared'), ('storage_full', 'The disk is full'), ('approval_void', 'The approval no longer holds'), ('files_damaged', 'A stored file is missing or damaged'), ('gave_up', 'The job failed several times'), ('legal_hold', 'A legal hold binds this person')], max_length=30),
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_sealed', models.BinaryField()),
                ('placed_at', models.DateTimeField()),
                ('lift_reason_sealed', models.BinaryField(default=b'')),
                ('lift_asked_at', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='dsr.case')),
                ('lift_asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None)), models.Q(('lift_asked_at__isnull', False), ('lift_asked_by__isnull', False), ('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lifted_by', models.F('lift_asked_by')), _negated=True)), _connector='OR'), name='hold_lifted_by_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('lift_asked_at', None), ('lift_asked_by', None)), models.Q(('lift_asked_at__isnull', False), ('lift_asked_by__isnull', False)), _connector='OR'), name='hold_lift_names_who_asked')],
            },
        ),
        migrations.RunPython(install_guards, lift_guards),
    ]
