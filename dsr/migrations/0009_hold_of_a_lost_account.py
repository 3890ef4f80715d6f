"""A hold that a restore puts back may have been placed by an account that is lost."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dsr import triggers


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


def lift_guards(apps, schema_editor):
    # SQLite makes the table anew, and a trigger of another table that names it would be in the way.
    triggers.lift(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0008_signing_key'),
    ]

    operations = [
        migrations.RunPython(lift_guards, install_guards),
        migrations.AlterField(
            model_name='legalhold',
            name='placed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(install_guards, lift_guards),
    ]
