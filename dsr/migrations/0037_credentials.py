"""Credentials get rows of their own; the keys move there as they are sealed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def move_keys(apps, _schema_editor):
    """Each connection's key becomes its credential in use; it is sealed for the same context as before."""
    credential = apps.get_model("dsr", "Credential")
    for connection in apps.get_model("dsr", "Connection").objects.exclude(api_key_sealed=b""):
        credential.objects.create(
            connection=connection,
            kind="api_key",
            status="working",
            secret_sealed=bytes(connection.api_key_sealed),
            created_at=timezone.now(),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0036_case_key_name'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='contact',
            field=models.CharField(blank=True, help_text='Who in your organisation knows about this account: a name, an e-mail address, a team.', max_length=200, verbose_name='contact for questions'),
        ),
        migrations.AddField(
            model_name='connection',
            name='environment',
            field=models.CharField(choices=[('production', 'production'), ('staging', 'staging')], default='production', help_text='Staging holds test data; the word stands beside the name wherever the connection is named.', max_length=12, verbose_name='environment'),
        ),
        migrations.AddField(
            model_name='connection',
            name='personal_deletes',
            field=models.BooleanField(default=False, help_text='Each approver connects an account of their own, and what they approve is deleted in its name.', verbose_name='deletions are signed by the approver'),
        ),
        migrations.AlterField(
            model_name='case',
            name='attention',
            field=models.CharField(blank=True, choices=[('unreachable', "SegMetrics doesn't answer"), ('key_refused', 'SegMetrics refuses the API key'), ('no_own_credential', "The approver's own sign-in to SegMetrics is missing"), ('unreadable_answer', "SegMetrics gave an answer that can't be read"), ('control_read_failed', "The connection can't be trusted right now"), ('request_refused', 'SegMetrics refuses the call'), ('not_granted', 'The connection may not make this call'), ('contact_changed', 'The contact has changed since it was looked at'), ('contact_vanished', 'The contact is gone before it was exported'), ('another_contact', 'Another contact answers to an identifier'), ('still_there', 'Something deleted still answers'), ('left_over', 'Something outside the plan has appeared'), ('storage_full', 'The disk is full'), ('approval_void', 'The approval no longer holds'), ('no_delete_right', 'The connection may not delete'), ('files_damaged', 'A stored file is missing or damaged'), ('gave_up', 'The job failed several times'), ('ledger', "The ledger can't be written"), ('certificate_ended', 'The signing certificate has ended'), ('time_stamp', "The time-stamp server doesn't answer"), ('address_as_id', 'SegMetrics gave an e-mail address as an id'), ('record_gaps', 'What is told about the processing has gaps'), ('legal_hold', 'A legal hold binds this person'), ('answer_too_large', 'SegMetrics gave an answer larger than is taken')], max_length=30),
        ),
        migrations.CreateModel(
            name='Credential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('api_key', 'API key'), ('oauth', 'OAuth sign-in')], max_length=10)),
                ('status', models.CharField(choices=[('new', 'not tried yet'), ('working', 'in use'), ('retired', 'ended')], default='new', max_length=10)),
                ('secret_sealed', models.BinaryField(default=b'')),
                ('expires_at', models.DateTimeField(null=True)),
                ('generation', models.PositiveIntegerField(default=1)),
                ('renewing_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('worked_at', models.DateTimeField(null=True)),
                ('refused_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='dsr.connection')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['new', 'working']), ('user', None)), fields=('connection', 'status'), name='one_shared_credential_of_each_status'), models.UniqueConstraint(condition=models.Q(('status__in', ['new', 'working']), ('user__isnull', False)), fields=('connection', 'user', 'status'), name='one_own_credential_of_each_status'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'retired'), _negated=True), ('secret_sealed', b''), _connector='OR'), name='an_ended_credential_has_no_secret')],
            },
        ),
        migrations.RunPython(move_keys, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='connection',
            name='api_key_sealed',
        ),
    ]
