"""How much of a machine's memory the embedded MongoDB takes."""

import pytest

from deploy.local.mongo import cache_gb

GB = 1024**3


@pytest.mark.parametrize(
    ("memory_gb", "cache"), [(2, 0.25), (6, 0.25), (12, 0.5), (24, 1.0), (256, 1.0)]
)
def test_a_cache_is_a_small_part_of_the_memory(memory_gb: int, cache: float) -> None:
    """So that three servers, three brokers and our processes fit beside each other."""
    assert cache_gb(memory_gb * GB) == cache
