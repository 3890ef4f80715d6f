"""How each person reads; and words that were stored are made when they are shown: of a due date, and of a job."""

from django.db import migrations, models

from dsr import sequences, triggers


def keep_what_moved_it(apps, schema_editor):
    # The sentences were all written in English, and named what the date was moved off. A weekend speaks for itself.
    cases = apps.get_model("dsr", "Case").objects
    cases.filter(due_explanation__contains="as that is a ").update(due_moved_by="weekend")
    cases.filter(due_explanation__contains="as that is a public holiday").update(due_moved_by="public")
    cases.filter(due_explanation__contains="as that is a holiday added").update(due_moved_by="own")


def forget_words(apps, schema_editor):
    apps.get_model("dsr", "Job").objects.update(doing="")


def nothing(apps, schema_editor):
    pass


def lift_guards(apps, schema_editor):
    # SQLite builds the table of cases anew, and refuses to while the guards of other tables ask it.
    triggers.lift(schema_editor.connection)


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0031_notes'),
    ]

    operations = [
        migrations.RunPython(sequences.note, sequences.put_back),
        migrations.AddField(
            model_name='preferences',
            name='dates',
            field=models.CharField(choices=[('language', 'As is usual in the language'), ('iso', 'Year first: 2026-11-26 14:05')], default='language', max_length=10, verbose_name='dates'),
        ),
        migrations.AddField(
            model_name='preferences',
            name='language',
            field=models.CharField(blank=True, choices=[('en-gb', 'English'), ('de', 'Deutsch'), ('fr', 'Français'), ('es', 'Español')], default='', max_length=10, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='preferences',
            name='time_zone',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='time zone'),
        ),
        migrations.AddField(
            model_name='job',
            name='doing_with',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.RunPython(forget_words, nothing),
        migrations.RunPython(lift_guards, install_guards),
        migrations.AddField(
            model_name='case',
            name='due_moved_by',
            field=models.CharField(blank=True, default='', editable=False, max_length=10),
        ),
        migrations.RunPython(keep_what_moved_it, nothing),
        migrations.RemoveField(
            model_name='case',
            name='due_explanation',
        ),
        migrations.RunPython(install_guards, lift_guards),
        migrations.RunPython(sequences.put_back, sequences.note),
    ]
