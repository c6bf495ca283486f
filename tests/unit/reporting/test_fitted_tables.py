"""Tables of money: as wide as their numbers, in the largest text at which none is broken."""

from services.reporting.outputs.blocks import (
    LABEL_DIGITS,
    TABLE_POINTS,
    TABLE_POINTS_LEAST,
    Rate,
    Wan,
    fitted,
)

YUAN_100_MILLION = 10_000_000_000
"""In fen; printed as 10,000.00 万元."""


def test_columns_are_as_wide_as_their_longest_number() -> None:
    """A place more, and one for a per cent sign; a column of noughts has room for its heading."""
    rows = [
        ("合计", Wan(1_234_567_800), Rate(5345), Wan(0)),
        ("一般公共预算", Wan(0), Rate(0), Wan(0)),
    ]

    widths, points = fitted(rows)

    assert widths == (12, 9, 8, 5)
    assert points == TABLE_POINTS


def test_a_label_goes_on_in_a_second_line() -> None:
    """It takes no more than its share, and never less than a short one."""
    (longest, _), _ = fitted([("国有资本经营预算支出合计", Wan(0))])
    (shortest, _), _ = fitted([("一", Wan(0))])

    assert (shortest, longest) == LABEL_DIGITS


def test_the_text_gets_smaller_before_a_number_is_broken() -> None:
    """Nine columns of 10,000.00; where that would be too small to be read it stays."""
    _, points = fitted([("合计", *[Wan(YUAN_100_MILLION)] * 9)])
    _, least = fitted([("合计", *[Wan(YUAN_100_MILLION * YUAN_100_MILLION)] * 11)])

    assert TABLE_POINTS_LEAST <= points < TABLE_POINTS
    assert least == TABLE_POINTS_LEAST
