"""Projects on the plane of money and results: one by one, or by cell where they are many."""

from types import SimpleNamespace
from typing import Any

from contracts.vocabulary import PrincipalKind
from services.analysis.api.ordering import LACKING, Chosen, Order
from services.analysis.api.overview import CELLS_FROM, plotted
from services.analysis.api.ranking import placed
from services.analysis.api.trees import way_to
from services.analysis.domain.folding.organisations import KnownOrganisation
from services.chassis.identity import Principal


def row(number: int, execution: int | None, attainment: int | None, light: str | None) -> Any:
    """Make what the plane needs of a row."""
    return SimpleNamespace(
        project=f"C/{number:04d}",
        name=None,
        execution_rate_bp=execution,
        attainment_rate_bp=attainment,
        light=light,
    )


def test_few_projects_are_points() -> None:
    """Those of which both rates are known, the worst light first."""
    rows = [row(1, 100, 200, "green"), row(2, 100, None, "red"), row(3, 300, 400, "red")]

    found = plotted(rows, cells=True)

    assert ["C/0003", "C/0001"] == [point["project_id"] for point in found["points"]]
    assert [] == found["cells"]


def test_many_projects_are_counted_by_cell() -> None:
    """Each stands in one cell; what is beyond the plane stands in its last cell."""
    rows = [row(n, 499 + n % 2, 9_999, "green") for n in range(CELLS_FROM)]
    rows += [row(9_000, 99_999, 0, None), row(9_001, None, 0, "red")]

    found = plotted(rows, cells=True)

    half = CELLS_FROM // 2
    assert [
        ("green", 0, 9_500, half),
        ("green", 500, 9_500, half),
        (None, 15_000, 0, 1),
    ] == [tuple(one.values()) for one in found["cells"]]
    assert [] == found["points"]
    assert CELLS_FROM + 1 == len(plotted(rows, cells=False)["points"])


def test_the_way_to_an_organisation_ends_where_the_caller_sees_no_more() -> None:
    """What stands above one's own subtree is nobody's to know."""
    known: dict[str, Any] = {
        code: KnownOrganisation(code, code.lower(), kind, parent, None, None)  # type: ignore[arg-type]
        for code, kind, parent in (
            ("B", "bureau", None),
            ("D", "department", "B"),
            ("U", "unit", "D"),
        )
    }
    all_of_it = Principal("a", PrincipalKind.STAFF, frozenset())
    bound = Principal(
        "b",
        PrincipalKind.STAFF,
        frozenset(),
        frozenset({"C"}),
        ("D",),
        frozenset({"D", "U"}),
    )

    assert ["B", "D", "U"] == [step["code"] for step in way_to(known, all_of_it, "U")]
    assert ["D", "U"] == [step["code"] for step in way_to(known, bound, "U")]
    assert [] == way_to(known, bound, "B")
    assert [] == way_to(known, all_of_it, "X")


def test_what_is_not_covered_can_be_listed() -> None:
    """Each word finds what coverage does not count."""
    bare: Any = SimpleNamespace(
        registered=False, money=SimpleNamespace(adjusted_budget=0), indicators=0, light=None
    )
    full: Any = SimpleNamespace(
        registered=True, money=SimpleNamespace(adjusted_budget=1), indicators=1, light="red"
    )

    assert all(lacks(bare) for lacks in LACKING.values())
    assert not any(lacks(full) for lacks in LACKING.values())
    assert Chosen() != Chosen(lacking="budget")


def test_equals_share_a_rank_on_whatever_page_they_stand() -> None:
    """1, 2, 2, 4; what has no value is not ranked."""
    valued = [(30, "a"), (50, "b"), (None, "c"), (30, "d"), (10, "e")]

    first, count = placed(valued, Order.DESCENDING, 0, 2)
    second, _ = placed(valued, Order.DESCENDING, 2, 9)
    lowest, _ = placed(valued, Order.ASCENDING, 0, 1)

    assert 4 == count
    assert [(1, 0, "b"), (2, 1, "a")] == first
    assert [(2, 1, "d"), (4, 0, "e")] == second
    assert [(1, 0, "e")] == lowest
