"""Calls over a connection that isn't stored; ended sign-ins; the rules of tagging runs are sealed."""

import json

import django.db.models.deletion
from django.db import migrations, models

from dsr import masterkey


def seal_rules(apps, _schema_editor):
    """The tag and the conditions of each run go under the master key."""
    for run in apps.get_model("dsr", "TagRun").objects.all():
        said = json.dumps({"tag": run.tag, "conditions": run.conditions}).encode()
        run.rule_sealed = masterkey.wrap(said, context="tagging-rule")
        run.save(update_fields=["rule_sealed"])


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0040_other_rights'),
    ]

    operations = [
        migrations.AddField(
            model_name='executedcall',
            name='account_id',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='executedcall',
            name='connection',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='dsr.connection', verbose_name='connection'),
        ),
        migrations.AddField(
            model_name='connection',
            name='switched_off_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='credential',
            name='ended_there',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='tagrun',
            name='rule_sealed',
            field=models.BinaryField(default=b''),
            preserve_default=False,
        ),
        migrations.RunPython(seal_rules, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='tagrun',
            name='tag',
        ),
        migrations.RemoveField(
            model_name='tagrun',
            name='conditions',
        ),
    ]
