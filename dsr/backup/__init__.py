"""Backups of the whole desk, and their restore, which brings nobody back."""
