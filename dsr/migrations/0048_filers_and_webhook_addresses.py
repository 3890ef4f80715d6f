from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations, models


def know_filers(apps: Any, _schema_editor: Any) -> None:
    """Of files that aren't through: the audit log knows everybody who had them filed or go on."""
    entries = apps.get_model("dsr", "AuditEntry").objects.filter(verb__in=["filing_begun", "filing_went_on"])
    users = apps.get_model("dsr", "User").objects
    for batch in apps.get_model("dsr", "FilingBatch").objects.filter(ended_at=None, stage__in=["filing", "stopped"]):
        actors = entries.filter(facts__batch=batch.reference).values_list("actor", flat=True)
        numbers = [batch.filed_by_id, *(int(actor.removeprefix("U-")) for actor in actors)]
        batch.filers.add(*users.filter(pk__in=numbers))


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0047_dry_run_plans'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhook',
            name='url',
            field=models.CharField(max_length=1000, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='webhook',
            name='is_chat',
            field=models.BooleanField(default=False, verbose_name='a chat'),
        ),
        migrations.AddField(
            model_name='filingbatch',
            name='filers',
            field=models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(know_filers, migrations.RunPython.noop),
    ]
