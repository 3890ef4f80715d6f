"""Forms: they read what was typed and keep it. The rules stand in the services, whose errors are shown beside the fields."""
