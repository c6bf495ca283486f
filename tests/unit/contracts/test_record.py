"""Marks and cuts: what readers of numbered records go by."""

import pytest

from contracts.record import Mark, format_cut, parse_cut, reached


def test_a_mark_is_read_as_it_was_written() -> None:
    """Five words of ASCII."""
    mark = Mark(12, 3, 1_700_000_000_123, 12, "dualwatch.day.opened.v1")

    assert Mark.from_bytes(mark.to_bytes()) == mark


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
