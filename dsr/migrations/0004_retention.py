"""The day on which a closed case's contents are destroyed; the cases that are closed already get theirs."""

import datetime as dt

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from dsr import triggers


def set_days(apps, schema_editor):
    Case = apps.get_model("dsr", "Case")
    for case in Case.objects.exclude(closed_at=None):
        done = case.state == "completed"
        days = settings.ENV.case_keep_days if done else settings.ENV.stopped_case_keep_days
        case.purge_on = timezone.localdate(case.closed_at) + dt.timedelta(days=days)
        case.save(update_fields=["purge_on"])


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("dsr", "0003_safeguards")]
    operations = [
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
        migrations.RunPython(set_days, migrations.RunPython.noop),
        migrations.RunPython(install_guards, migrations.RunPython.noop),
    ]
