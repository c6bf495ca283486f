"""What is told of publishers: when they were heard of, how long ago, how long is too long (17f)."""

import datetime as dt

from services.analysis.api.position import _publishers
from services.analysis.domain.state import Jurisdiction, Opening, Parameters, ParametersVersion

TODAY = dt.date(2026, 3, 31)


def known(*opened: str, limit: int | None, **heard: str) -> Jurisdiction:
    """Make a jurisdiction as a partition knows it."""

    def ordinal(day: str) -> int:
        return dt.date.fromisoformat(day).toordinal()

    made = Jurisdiction("610100", today=TODAY)
    made.openings = [Opening(ordinal(day), place) for place, day in enumerate(opened, 1)]
    made.publishers = {source: ordinal(day) for source, day in heard.items()}
    stated = Parameters(silent_publisher_days=limit)
    made.parameters = [ParametersVersion(ordinal("2026-01-01"), 1, stated)]
    return made


def test_opened_days_that_have_ended_are_counted() -> None:
    """As what freezes alerts is: neither weekends nor the day that is open."""
    place = known("2026-03-27", "2026-03-30", "2026-03-31", limit=5, treasury="2026-03-20")
    other = known(limit=5, treasury="2026-03-27", budget="2026-03-31")

    assert _publishers([place, other], TODAY, told=True) == {
        "publishers": {"budget": "2026-03-31", "treasury": "2026-03-27"},
        "publishers_silent": {"budget": 0, "treasury": 1},
        "silent_publisher_days": 5,
        "voucher_dates": {},
    }


def test_who_is_bound_to_organisations_is_told_of_none() -> None:
    """How long is too long is no secret; none is said where none was set."""
    place = known("2026-03-30", "2026-03-31", limit=None, treasury="2026-03-27")

    assert _publishers([place], TODAY, told=False) == {
        "publishers": {},
        "publishers_silent": {},
        "silent_publisher_days": None,
        "voucher_dates": {},
    }
