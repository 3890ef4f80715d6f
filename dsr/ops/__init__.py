"""Running DSR Desk as processes: starting, watching and stopping them. Knows nothing of cases."""
