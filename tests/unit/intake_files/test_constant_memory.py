"""What must not grow with the file does not: counters, shared strings, the mapper itself."""

import io
import tracemalloc
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.files import occurrences, xlsx_strings
from services.intake.files.mapper import map_rows
from services.intake.files.mapping_checks import read_options
from services.intake.files.mapping_files import load_mapping
from services.intake.files.occurrences import Counters
from services.intake.files.outcomes import Mapped
from services.intake.files.reading import read_table
from tests.unit.intake_files.table_files import CONTEXT, MAPPING, csv_bytes, row, workbook

ROWS = 750
GROWTH_BYTES_MAX = 400_000
"""Less than 180 bytes for each row more, buffers included; an event alone has 400."""


@settings(max_examples=30)
@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 10))
def test_counting_on_disk_is_counting(keys: list[int], in_memory: int) -> None:
    """Whenever the counters leave memory, each key's numbers go on."""
    seen: Counter[int] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occurrences, "IN_MEMORY_MAX", in_memory)
        counters = Counters()
        for key in keys:
            seen[key] += 1

            assert seen[key] == counters.number(bytes([key]))
        counters.close()


def _numberless(rows: int) -> list[tuple[str, ...]]:
    return [row(凭证号="", 收款人=f"公司{number}") for number in range(rows)]


def _peak(raw: bytes) -> int:
    mapping = load_mapping(MAPPING.encode(), "test.yaml")
    stream = io.BytesIO(raw)
    tracemalloc.start()
    try:
        table = read_table(stream, "test", read_options(mapping))
        assert all(isinstance(one, Mapped) for one in map_rows(table, mapping, CONTEXT))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [csv_bytes, workbook])
def test_four_times_the_rows_take_the_same_memory(
    write: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of rows without a number, each of which must be told from all others."""
    monkeypatch.setattr(occurrences, "IN_MEMORY_MAX", 100)
    monkeypatch.setattr(xlsx_strings, "IN_MEMORY_BYTES", 1_000)
    monkeypatch.setattr(xlsx_strings, "CACHED_MAX", 100)
    small, large = (_numberless(rows) for rows in (ROWS, 4 * ROWS))
    # Once before: what is cached for good (pydantic, words) is not counted.
    _peak(write(*large))

    assert _peak(write(*large)) < _peak(write(*small)) + GROWTH_BYTES_MAX
