"""Kills the worker over and over while erasures run, and then looks whether anything was lost or wrongly deleted."""
