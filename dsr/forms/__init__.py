"""Forms read what was typed and keep it. The rules stand in the services; their errors are shown beside the fields."""
