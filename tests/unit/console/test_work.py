"""What extended monitoring lists, in one order and by month."""

from services.console.domain.work import happenings, marks
from tests.unit.console.fake_services import WORK


def test_everything_is_listed_the_newest_first() -> None:
    """Whatever kind it is of; what asks for attention is marked."""
    later = {**WORK, "checks": [{**WORK["checks"][0], "date": "2026-05-09"}]}
    listed = happenings(later)

    assert "check" == listed[0].kind
    assert {"milestone", "check", "problem", "asset", "plan_change", "disposition"} == {
        one.kind for one in listed
    }
    assert {"check", "problem", "disposition"} == {one.kind for one in listed if one.bad}


def test_a_chart_marks_what_changes_the_work() -> None:
    """Checks and purchases are in the table; a change of the project's state comes first."""
    marked = marks(happenings(WORK), "2026-05-20")

    assert ["2026-05"] == list(marked)
    assert marked["2026-05"][0] is None
    assert {"milestone", "problem", "plan_change", "disposition"} == {
        one.kind for one in marked["2026-05"] if one is not None
    }
