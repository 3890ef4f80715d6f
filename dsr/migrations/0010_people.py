"""What an approval says of the account by itself; two more reasons to ask a person; words."""

import django.core.validators
from django.db import migrations, models

from dsr import triggers


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0009_hold_of_a_lost_account"),
    ]
    operations = [
        migrations.AddField(
            model_name="approval",
            name="account_digest",
            # Unknown of older approvals: a case whose last looks are under way then is a person's to take up.
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="case",
            name="attention",
            field=models.CharField(blank=True, choices=[('unreachable', "SegMetrics doesn't answer"), ('key_refused', 'SegMetrics refuses the API key'), ('unreadable_answer', "SegMetrics gave an answer that can't be read"), ('control_read_failed', "The connection can't be trusted right now"), ('request_refused', 'SegMetrics refuses the call'), ('contact_changed', 'The contact has changed since it was looked at'), ('contact_vanished', 'The contact is gone before it was exported'), ('another_contact', 'Another contact answers to an identifier'), ('still_there', 'Something deleted still answers'), ('left_over', 'Something outside the plan has appeared'), ('storage_full', 'The disk is full'), ('approval_void', 'The approval no longer holds'), ('no_delete_right', 'The connection may not delete'), ('files_damaged', 'A stored file is missing or damaged'), ('gave_up', 'The job failed several times'), ('ledger', "The ledger can't be written"), ('certificate_ended', 'The signing certificate has ended'), ('address_as_id', 'SegMetrics gave an e-mail address as an id'), ('legal_hold', 'A legal hold binds this person')], max_length=30),
        ),
        migrations.AlterField(
            model_name="connection",
            name="ids_unique_in_account",
            field=models.BooleanField(default=False, editable=False, verbose_name="ids are unique in the account"),
        ),
        migrations.AlterField(
            model_name="connection",
            name="report_pages",
            field=models.PositiveIntegerField(
                default=20,
                help_text="A lookup by e-mail names one contact only; the report may show others with the same e-mail.",
                validators=[django.core.validators.MaxValueValidator(500)],
                verbose_name="report pages to look through",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(max_length=254, unique=True, verbose_name="e-mail"),
        ),
        # After every change of a guarded table: SQLite has dropped its triggers.
        migrations.RunPython(install_guards, migrations.RunPython.noop),
    ]
