"""The day on which a closed case's contents are destroyed; the cases that are closed already get theirs."""

import datetime as dt

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from dsr import triggers


def set_days(apps, schema_editor):
    Case = apps.get_model("dsr", "Case")
    for case in Case.objects.exclude(closed_at=None):
        env, stopped = settings.ENV, case.state in {"withdrawn", "merged"}
        days = env.stopped_case_keep_days if stopped else env.case_keep_days
        case.purge_on = timezone.localdate(case.closed_at) + dt.timedelta(days=days)
        case.purge_reason = env.stopped_retention_reason if stopped else env.retention_reason
        case.save(update_fields=["purge_on", "purge_reason"])


def lift_guards(apps, schema_editor):
    triggers.lift(schema_editor.connection)


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("dsr", "0003_safeguards")]
    operations = [
        # SQLite rebuilds the table of the cases, which the approvals' triggers name.
        migrations.RunPython(lift_guards, install_guards),
        migrations.AddField(
            model_name="case",
            name="purge_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="purge_began_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="purged_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="purge_reason",
            field=models.TextField(default="", editable=False),
        ),
        migrations.AlterField(
            model_name="document",
            name="kind",
            field=models.CharField(
                choices=[
                    ("letter", "Original letter"),
                    ("proof", "Proof of identity"),
                    ("export", "Export"),
                    ("supplement", "Supplementary export"),
                    ("evidence", "Evidence"),
                    ("certificate", "Certificate"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(set_days, migrations.RunPython.noop),
        migrations.RunPython(install_guards, lift_guards),
    ]
