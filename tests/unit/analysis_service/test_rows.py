"""Rows: an assessment in short, with nothing lost between a project and its lines."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.store.rowmaking import row_of
from services.analysis.store.rowstate import (
    NO_LINE,
    RowMoney,
    RowState,
    RowVersionError,
    decode_row,
    encode_row,
)
from tests.spec.engines import folded
from tests.support.builders import PROJECT, budget, day_opened, expenditure, jurisdiction, project

FACTS = [
    jurisdiction(),
    day_opened(date="2026-06-30"),
    project(),
    budget(line="L1", amount="100.00"),
    budget(line="L2", amount="50.00"),
    expenditure(line="L1", amount="30.00"),
    expenditure(amount="5.00", line=None),
]


def made() -> RowState:
    """Return the row of a project with two lines and money without one."""
    data = folded(FACTS).assessment()
    return row_of(PROJECT, data, registered=True, incomplete=False)


def test_lines_sum_to_the_project() -> None:
    """Money that names no line is a line of its own, so that every roll-up by line is whole."""
    row = made()

    assert [line.line for line in row.lines] == ["L1", "L2", NO_LINE]
    for name in RowMoney.__struct_fields__:
        whole = getattr(row.money, name)
        assert whole == sum(getattr(line.money, name) for line in row.lines)
    assert row.money.spent == 3500
    assert row.money.balance == 15000 - 3500


def test_a_row_is_read_as_it_was_written() -> None:
    """What is stored says the same again."""
    row = made()

    assert decode_row(encode_row(row)) == msgspec.convert(msgspec.to_builtins(row), RowState)


@given(st.integers(min_value=-(2**80), max_value=2**80))
def test_any_sum_can_be_stored(fen: int) -> None:
    """Sums of thousands of largest amounts leave 64 bits; they must not stop a partition."""
    row = msgspec.structs.replace(made(), money=RowMoney(spent=fen))

    assert decode_row(encode_row(row)).money.spent == fen


def test_rows_of_another_version_are_not_read() -> None:
    """They are made anew, not misread."""
    raw = bytearray(encode_row(made()))
    raw[0] += 1

    with pytest.raises(RowVersionError):
        decode_row(bytes(raw))
