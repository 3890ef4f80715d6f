"""The database's own guards, and the roles with their rights."""

from django.core.management import call_command
from django.db import migrations

from dsr import triggers

RIGHTS = {
    "Privacy officer": ["read_contents", "download_contents"],
    "Approver": ["read_contents"],
    "Auditor": [],
    "Administrator": [],
}


def install_guards(apps, schema_editor):
    triggers.install(schema_editor.connection)


def lift_guards(apps, schema_editor):
    triggers.lift(schema_editor.connection)


def create_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    document, _ = ContentType.objects.get_or_create(app_label="dsr", model="document")
    names = {
        "read_contents": "Can read exports and letters in place",
        "download_contents": "Can download exports, letters and evidence",
    }
    rights = {
        codename: Permission.objects.get_or_create(
            content_type=document, codename=codename, defaults={"name": name}
        )[0]
        for codename, name in names.items()
    }
    for role, codenames in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(*(rights[codename] for codename in codenames))


def create_cache_table(apps, schema_editor):
    # Lockouts and rate limits count in the shared database cache.
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("dsr", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(install_guards, lift_guards),
        migrations.RunPython(create_roles, migrations.RunPython.noop),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
