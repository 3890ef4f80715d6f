import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0046_return_walk'),
    ]

    operations = [
        migrations.AddField(
            model_name='dryrunrow',
            name='only_looks',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='dryrunrow',
            name='plan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dsr.plan'),
        ),
    ]
