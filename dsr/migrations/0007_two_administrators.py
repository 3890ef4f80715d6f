"""Cooling-off, the right of a connection to delete, and what two administrators decide together."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dsr import triggers


def what_was_approved_did_not_wait(apps, schema_editor):
    apps.get_model("dsr", "Approval").objects.update(deletes_from=models.F("approved_at"))


def what_could_delete_still_may(apps, schema_editor):
    apps.get_model("dsr", "Connection").objects.update(may_delete=True)


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0006_ledger"),
    ]
    operations = [
        migrations.AddField(
            model_name="approval",
            name="deletes_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(what_was_approved_did_not_wait, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="approval",
            name="deletes_from",
            field=models.DateTimeField(),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(condition=models.Q(('deletes_from__gte', models.F('approved_at'))), name='deletion_not_before_its_approval'),
        ),
        migrations.AddField(
            model_name="connection",
            name="may_delete",
            field=models.BooleanField(default=False, editable=False, verbose_name="may delete"),
        ),
        migrations.RunPython(what_could_delete_still_may, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="case",
            name="attention",
            field=models.CharField(blank=True, choices=[('unreachable', "SegMetrics doesn't answer"), ('key_refused', 'SegMetrics refuses the API key'), ('unreadable_answer', "SegMetrics gave an answer that can't be read"), ('control_read_failed', "The connection can't be trusted right now"), ('request_refused', 'SegMetrics refuses the call'), ('contact_changed', 'The contact has changed since it was looked at'), ('contact_vanished', 'The contact is gone before it was exported'), ('another_contact', 'Another contact answers to an identifier'), ('still_there', 'Something deleted still answers'), ('left_over', 'Something outside the plan has appeared'), ('storage_full', 'The disk is full'), ('approval_void', 'The approval no longer holds'), ('no_delete_right', 'The connection may not delete'), ('files_damaged', 'A stored file is missing or damaged'), ('gave_up', 'The job failed several times'), ('ledger', "The ledger can't be written"), ('legal_hold', 'A legal hold binds this person')], max_length=30),
        ),
        migrations.CreateModel(
            name="SafeguardChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30)),
                ("payload", models.JSONField(default=dict)),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("granted_at", models.DateTimeField(null=True)),
                ("declined_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ("connection", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dsr.connection')),
                ("declined_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ("granted_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ("subject", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('granted_by', None), models.Q(('granted_by', models.F('asked_by')), _negated=True), _connector='OR'), name='change_granted_by_another'),
                    models.CheckConstraint(condition=models.Q(models.Q(('granted_at', None), ('granted_by', None)), models.Q(('granted_at__isnull', False), ('granted_by__isnull', False)), _connector='OR'), name='change_granted_by_somebody'),
                    models.CheckConstraint(condition=models.Q(models.Q(('declined_at', None), ('declined_by', None)), models.Q(('declined_at__isnull', False), ('declined_by__isnull', False)), _connector='OR'), name='change_declined_by_somebody'),
                    models.CheckConstraint(condition=models.Q(models.Q(('declined_at', None), ('granted_at', None)), models.Q(('granted_at', None), ('withdrawn_at', None)), models.Q(('declined_at', None), ('withdrawn_at', None)), _connector='OR'), name='change_decided_once'),
                    models.CheckConstraint(condition=models.Q(('subject', None), models.Q(models.Q(('subject', models.F('asked_by')), _negated=True), models.Q(('granted_by', None), models.Q(('subject', models.F('granted_by')), _negated=True), _connector='OR')), _connector='OR'), name='change_is_for_somebody_else'),
                ],
            },
        ),
        # After every change of a guarded table: SQLite has dropped its triggers.
        migrations.RunPython(install_guards, migrations.RunPython.noop),
    ]
