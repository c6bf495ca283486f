"""The recomputation of a city takes as long as all the rest: side by side, both end together."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the oracle come first; everything else stays in its order."""
    items.sort(key=lambda item: item.path.name != "test_oracle.py")
