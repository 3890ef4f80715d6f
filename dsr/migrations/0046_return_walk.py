from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0045_orders_without_joins'),
    ]

    operations = [
        migrations.AddField(
            model_name='returnwatch',
            name='looked_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='returnwatch',
            name='next_page',
            field=models.PositiveIntegerField(default=1),
        ),
    ]
