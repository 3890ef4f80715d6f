"""A SegMetrics that runs on this machine: the documented contract over HTTP, its data in SQLite, faults on
request.

Standard library alone. ``python -m segmetrics_client.sandbox --help`` starts one; ``sandbox.testing`` is
for tests.
"""
