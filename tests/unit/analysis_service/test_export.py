"""Files: what spreadsheets are handed, and what they are kept from running."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.api.export import cell, heading, lines


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "\rx", "=1"])
def test_text_that_would_run_is_kept_as_text(text: str) -> None:
    """By an apostrophe, which a spreadsheet does not show."""
    assert f"'{text}" == cell(text)


@pytest.mark.parametrize("number", ["-5.00", "12.34", "0"])
def test_numbers_stay_numbers(number: str) -> None:
    """A negative amount is no formula."""
    assert number == cell(number)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_whatever_stands_in_a_cell_is_read_back(texts: list[str]) -> None:
    """Quotes, commas, line ends and signs of any script."""
    names = [f"n{place}" for place in range(len(texts))]
    written = heading(names) + lines([dict(zip(names, texts, strict=True))], names)
    (first, second) = csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""))

    assert names == first
    assert [cell(text) for text in texts] == second
