"""The demo: DSR Desk with a sandbox for SegMetrics, demo people and demo secrets. Never for real data."""
