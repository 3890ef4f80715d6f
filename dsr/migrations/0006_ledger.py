"""What the database knows of the ledger, and what the ledger told it after a restore."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0005_legal_holds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='attention',
            field=models.CharField(blank=True, choices=[('unreachable', "SegMetrics doesn't answer"), ('key_refused', 'SegMetrics refuses the API key'), ('unreadable_answer', "SegMetrics gave an answer that can't be read"), ('control_read_failed', "The connection can't be trusted right now"), ('request_refused', 'SegMetrics refuses the call'), ('contact_changed', 'The contact has changed since it was looked at'), ('contact_vanished', 'The contact is gone before it was exported'), ('another_contact', 'Another contact answers to an identifier'), ('still_there', 'Something deleted still answers'), ('left_over', 'Something outside the plan has appeared'), ('storage_full', 'The disk is full'), ('approval_void', 'The approval no longer holds'), ('files_damaged', 'A stored file is missing or damaged'), ('gave_up', 'The job failed several times'), ('ledger', "The ledger can't be written"), ('legal_hold', 'A legal hold binds this person')], max_length=30),
        ),
        migrations.CreateModel(
            name='LedgerMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='ledger_mark_one_row')],
            },
        ),
        migrations.CreateModel(
            name='ErasedBefore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveBigIntegerField()),
                ('contact_id', models.CharField(max_length=255)),
                ('integration_id', models.CharField(max_length=64)),
                ('object', models.CharField(choices=[('invoice', 'Invoice'), ('subscription', 'Subscription'), ('contact', 'Contact')], max_length=20)),
                ('object_id', models.CharField(max_length=255)),
                ('begun_at', models.DateTimeField()),
                ('is_certified', models.BooleanField(default=False)),
                ('record', models.JSONField(default=dict)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erased_before', to='dsr.case')),
            ],
            options={
                'ordering': ['line', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('case', 'integration_id', 'object', 'object_id'), name='erased_before_once_per_object')],
            },
        ),
    ]
