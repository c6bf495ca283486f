"""Drills that only root can do are left out for others, and that is said."""

from tests.fault.drills.machines import reason_against_now

REASON = reason_against_now()
collect_ignore = ["test_partitions.py"] if REASON else []


def pytest_report_header() -> str:
    """Say what is left out."""
    return f"drills: no partitions of the network, for {REASON}" if REASON else "drills: all"
