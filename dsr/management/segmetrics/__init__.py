"""`manage.py segmetrics …`: what each of its words does. The command itself stands with the others."""
