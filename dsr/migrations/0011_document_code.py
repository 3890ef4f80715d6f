from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dsr', '0010_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='code',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='document_code_is_unique'),
        ),
    ]
