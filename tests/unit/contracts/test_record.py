"""Marks and cuts: what readers of numbered records go by."""

from dataclasses import replace

import pytest

from contracts.record import Mark, format_cut, parse_cut, reached


def test_a_mark_is_read_as_it_was_written() -> None:
    """Five words of ASCII; on the ledger the publisher follows, whatever it is called."""
    mark = Mark(12, 3, 1_700_000_000_123, 12, "dualwatch.day.opened.v1")
    assert mark.to_bytes() == b"12 3 1700000000123 12 dualwatch.day.opened.v1"
    stated = replace(mark, publisher="city finance 1")

    assert Mark.from_bytes(mark.to_bytes()) == mark
    assert Mark.from_bytes(stated.to_bytes()) == stated


@pytest.mark.parametrize("value", [b"", b"1 2 3 4", b"a 2 3 4 t", b"1 2 3 4 \xff"])
def test_what_is_no_mark_is_refused(value: bytes) -> None:
    """It comes from whoever may write to the topic."""
    with pytest.raises(ValueError, match=r".+"):
        Mark.from_bytes(value)


def test_a_cut_is_read_as_it_was_written() -> None:
    """Positions in partition order."""
    assert parse_cut(format_cut([12, 40, 7, 0])) == [12, 40, 7, 0]


@pytest.mark.parametrize("text", ["", "1-", "-1", "1--2", "a", "1.0", "²", "9" * 19, "1 -2"])
def test_what_is_no_cut_is_refused(text: str) -> None:
    """Also numbers that no position can be: they would overflow the store's integers."""
    with pytest.raises(ValueError, match="a cut is written"):
        parse_cut(text)


def test_a_cut_is_reached_when_every_partition_is_there() -> None:
    """One partition behind is behind."""
    assert reached([5, 5], [5, 4])
    assert not reached([5, 3], [5, 4])


def test_cuts_of_different_lengths_do_not_compare() -> None:
    """A cut of another deployment is told apart."""
    with pytest.raises(ValueError, match="names 2 partitions"):
        reached([5], [5, 4])
