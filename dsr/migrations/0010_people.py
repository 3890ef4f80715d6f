"""What an approval says of the account by itself."""

from django.db import migrations, models

from dsr import triggers


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0008_signing_key"),
    ]
    operations = [
        migrations.AddField(
            model_name="approval",
            name="account_digest",
            # Unknown of older approvals: a case whose last looks are under way then is a person's to take up.
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        # After every change of a guarded table: SQLite has dropped its triggers.
        migrations.RunPython(install_guards, migrations.RunPython.noop),
    ]
