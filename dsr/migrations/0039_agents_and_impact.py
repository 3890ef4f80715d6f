import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0038_used_actions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgentToken',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('token_digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Impact',
            fields=[
                ('plan', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='dsr.plan')),
                ('sealed', models.BinaryField()),
            ],
        ),
        migrations.AlterField(
            model_name='errand',
            name='kind',
            field=models.CharField(choices=[('letter', 'Sending a letter'), ('closing_record', 'Drawing the record of how it ended'), ('package', 'Making the access package'), ('report', 'Drawing a report'), ('webhook', 'Telling another program'), ('impact', 'Reading the totals of all contacts'), ('filing', 'Filing many requests')], max_length=20),
        ),
    ]
