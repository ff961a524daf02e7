"""Measures this system beside its limits and beside peers that do the same work; see ../run.py."""
