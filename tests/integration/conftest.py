"""One whole stack for all that asks real processes; its files run in one process (`sharing.py`)."""

import pytest

from tests.support.stack import rest_or_rise, whole_stack

__all__ = ["whole_stack"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the whole stack rest once nobody asks it."""
    rest_or_rise(item)
