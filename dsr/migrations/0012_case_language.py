"""In which language a case's documents are written."""

from django.db import migrations, models

from dsr import triggers


def lift_guards(apps, schema_editor):
    # SQLite builds the table of cases anew, and refuses to while the guards of other tables ask it.
    triggers.lift(schema_editor.connection)


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0011_document_code'),
    ]

    operations = [
        migrations.RunPython(lift_guards, install_guards),
        migrations.AddField(
            model_name='case',
            name='language',
            field=models.CharField(choices=[('en', 'English'), ('de', 'Deutsch'), ('fr', 'Français'), ('es', 'Español')], default='en', max_length=5, verbose_name='language of the documents'),
        ),
        migrations.RunPython(install_guards, lift_guards),
    ]
