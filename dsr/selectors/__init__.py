"""Questions to the database, for the screens. They change nothing."""
