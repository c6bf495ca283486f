"""What stands beside forms: asked of others, kept of alerts; away is said, never half a report."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from contracts.codec import new_event
from contracts.envelope import AnyEvent, Part
from contracts.events import alerts
from contracts.vocabulary import CauseArea, Measure, PaperKind, ReasonType, ReviewOutcome
from services.chassis.identity import deployment
from services.chassis.problems import ProblemError
from services.reporting.asking import batches as batches_asked
from services.reporting.asking.beside import (
    AMOUNT_FAILURES_MAX,
    AMOUNTS_AT_ONCE,
    AMOUNTS_READ_MAX,
    QUARANTINE_PAGE,
    QUARANTINE_PAGES_MAX,
    Beside,
)
from services.reporting.assembly.reports import Reports
from services.reporting.domain.completeness import OffBalance
from services.reporting.domain.outline import Heading, Outline
from services.reporting.domain.paper import Paper
from services.reporting.domain.stating import KeptApart
from services.reporting.outputs import report_styles
from services.reporting.store.alerts import alert_line, folded, measure_words
from tests.support import builders
from tests.unit.reporting.filings import CAMPAIGN, CITY, NAMES

DAY = dt.date(2026, 6, 30)
END = {"next": None}
BALANCED: dict[str, Any] = {"items": [], "next": None, "settled": "2026-07-01", "behind": 0}
LOST = {"id": "4", "subject": None, "stated": None}
PAID = "dualwatch.expenditure.recorded.v1"
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def event(kind: type[alerts.AlertFact], cursor: int, detail: Part | None = None) -> AnyEvent:
    """Make an event of one alert."""
    data: dict[str, Any] = {
        "date": DAY + dt.timedelta(days=cursor - 1),
        "alert": "a1",
        "rule": "zero_execution",
        "pack": "city",
        "pack_version": "4",
        "scope": "project",
        "scope_subject": builders.PROJECT,
        "fiscal_year": 2026,
        "severity": "red",
        "aspect": "timeliness",
        "article": "10",
        "title_zh": "零执行",
        "title_en": "Nothing spent",
        "department": "D1",
        "cursor": cursor,
    }
    if detail is not None:
        data |= {"detail": detail, "version": cursor, "state": "open"}
    made = kind.model_validate(data)
    return new_event(made, event_id=f"e{cursor}", source="t", subject=builders.PROJECT, time=NOON)


def document_after(*events: AnyEvent) -> dict[str, Any]:
    """Fold events into the document that is kept."""
    document: dict[str, Any] | None = None
    for one in events:
        assert isinstance(one.data, alerts.AlertFact)
        document = folded(document, one, one.data)
    assert document is not None
    return document


def measure(number: int) -> alerts.MeasurePlanned:
    """Plan a measure."""
    return alerts.MeasurePlanned(measure=f"m.{number}$", text=f"措施{number}", owner="U1", due=DAY)


def test_an_alert_is_kept_with_how_it_was_worked_on() -> None:
    """Explained, measures planned and taken, returned, urged, closed: all of it is on the line."""
    explained = alerts.Explanation(
        areas=(CauseArea.FUNDING,), reason=ReasonType.POLICY_CHANGE, objective=True, text="政策调整"
    )
    line = alert_line(
        document_after(
            event(alerts.AlertRaised, 1),
            event(alerts.AlertExplained, 2, explained),
            event(alerts.AlertMeasurePlanned, 3, measure(1)),
            event(alerts.AlertMeasurePlanned, 4, measure(2)),
            event(alerts.AlertMeasureTaken, 5, alerts.MeasureTaken(measure="m.1$", taken_on=DAY)),
            event(
                alerts.AlertReviewed,
                6,
                alerts.Review(outcome=ReviewOutcome.RETURNED, note="不具体"),
            ),
            event(alerts.AlertReviewed, 7, alerts.Review(outcome=ReviewOutcome.ACCEPTED)),
            event(alerts.AlertUrged, 8, alerts.Urging()),
        )
    )

    assert (DAY, DAY + dt.timedelta(days=7)) == (line.raised_on, line.as_of)
    assert ("政策调整", True, 1, 1) == (
        line.explanation,
        line.objective,
        line.returns,
        line.urged,
    )
    assert [DAY, None] == [each.taken_on for each in line.measures]
    assert "措施2(期限2026-06-30,尚未落实)" == measure_words(line.measures[1])


def test_what_is_kept_of_an_alert_is_bounded() -> None:
    """However many measures are planned, one document has at most so many."""
    planned = [event(alerts.AlertMeasurePlanned, n, measure(n)) for n in range(1, 40)]

    assert alerts.MEASURES_MAX == len(document_after(*planned)["measures"])


def test_an_alert_kept_before_its_work_was_is_read() -> None:
    """Documents of an earlier release have no such fields."""
    document = document_after(event(alerts.AlertRaised, 1))
    earlier = {name: document[name] for name in document if name not in {"raised_on", "pack"}}

    assert DAY == alert_line(earlier).raised_on


def asked(answers: dict[str, Any]) -> Beside:
    """Make a client whose services answer by path; what is not named is away."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path not in answers:
            msg = "away"
            raise httpx.ConnectError(msg)
        return httpx.Response(200, json=answers[request.url.path])

    return client_of(answer)


def client_of(answer: Callable[[httpx.Request], Any]) -> Beside:
    """Make a client of services that answer so."""
    urls = dict.fromkeys(("intake", "analysis", "alerts"), "http://127.0.0.1:9")
    return Beside(urls, "k" * 16, 1.0, httpx.MockTransport(answer))


async def test_publishers_and_the_quarantine_are_asked() -> None:
    """When each publisher was heard last, and how many facts wait."""
    jurisdictions = [
        {
            "jurisdiction": "610100",
            "publishers": {"treasury": "2026-06-30"},
            "voucher_dates": {"treasury": "2026-06-26", "bank": "2026-05-04"},
        },
        {"jurisdiction": "610200"},
    ]
    client = asked(
        {
            "/v1/jurisdictions": {"items": jurisdictions},
            "/v1/quarantine": {
                "items": [
                    {"id": "1", "subject": "610100/P1", "stated": PAID},
                    {"id": "2", "subject": "610100/P1", "stated": None},
                    {"id": "3", "subject": "610100/P2", "stated": PAID},
                    LOST,
                ],
                "next": None,
            },
            "/v1/quarantine/1": {"original": '{"data":{"amount":"120000.05"}}'},
            "/v1/quarantine/3": {"original": '{"data":{"amount":"1,5"}}'},
            "/v1/adjustment-batches": BALANCED,
        }
    )
    known, mine = (
        await client.known("610100", 2026),
        await client.known("610100", 2026, {"610100/P1"}),
    )
    await client.close()

    assert {"610100/P1": 12_000_005, "610100/P2": 0} == known.amounts
    assert (known.amounts_part, known.more) == (True, False)
    assert {"610100/P1": 12_000_005} == mine.amounts
    assert (mine.amounts_part, mine.more) == (False, False), "P2's amount is P2's alone"
    assert {"treasury": DAY} == known.publishers == mine.publishers
    vouchers = {"treasury": dt.date(2026, 6, 26), "bank": dt.date(2026, 5, 4)}
    assert vouchers == known.vouchers == mine.vouchers
    assert {"610100/P1": 2, "610100/P2": 1, "610100": 1} == known.quarantined
    assert {"610100/P1": 2} == mine.quarantined


async def test_more_in_the_quarantine_than_is_looked_through_is_said() -> None:
    """Ten thousand are counted, the amounts of five hundred payments read: at least so much."""
    items = [{"id": "1", "subject": "610100/P1", "stated": PAID}] * QUARANTINE_PAGE
    client = asked(
        {
            "/v1/jurisdictions": {"items": []},
            "/v1/quarantine": {"items": items, "next": "on"},
            "/v1/quarantine/1": {"original": '{"data":{"amount":"1.00"}}'},
            "/v1/adjustment-batches": BALANCED,
        }
    )
    known = await client.known("610100", 2026)
    await client.close()

    assert {"610100/P1": QUARANTINE_PAGES_MAX * QUARANTINE_PAGE} == known.quarantined
    assert {"610100/P1": 100 * AMOUNTS_READ_MAX} == known.amounts
    assert (known.more, known.amounts_part) == (True, True)


async def test_payments_of_others_take_nobody_s_place() -> None:
    """Only what is about the report's projects is read, a few at a time."""
    others = [
        {"id": "0", "subject": "610100/P2", "stated": PAID} for _ in range(AMOUNTS_READ_MAX + 1)
    ]
    mine = [{"id": str(n), "subject": "610100/P1", "stated": PAID} for n in range(1, 31)]
    asking, most, told = 0, 0, list[str]()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asking, most
        name = request.url.path.rpartition("/")[2]
        if name == "jurisdictions":
            return httpx.Response(200, json={"items": []})
        if name == "quarantine":
            return httpx.Response(200, json={"items": [*others, *mine], "next": None})
        if name == "adjustment-batches":
            return httpx.Response(200, json=BALANCED)
        asking += 1
        most = max(most, asking)
        await asyncio.sleep(0)
        asking -= 1
        told.append(name)
        return httpx.Response(200, json={"original": '{"data":{"amount":"1.00"}}'})

    client = client_of(answer)
    known = await client.known("610100", 2026, {"610100/P1"})
    await client.close()

    assert ({"610100/P1": 30 * 100}, False) == (known.amounts, known.amounts_part)
    assert {item["id"] for item in mine} == set(told)
    assert 1 < most <= AMOUNTS_AT_ONCE


@pytest.mark.parametrize(("away", "read"), [(1, 39), (40, 0)])
async def test_an_original_that_cannot_be_had_makes_the_amount_a_part(away: int, read: int) -> None:
    """The report is made all the same; with intake in trouble no more are asked for."""
    items = [{"id": str(n), "subject": "610100/P1", "stated": PAID} for n in range(40)]
    asked_for = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked_for
        name = request.url.path.rpartition("/")[2]
        if not name.isdecimal():
            return httpx.Response(
                200, json=BALANCED | {"items": items if name == "quarantine" else []}
            )
        asked_for += 1
        if int(name) < away:
            return httpx.Response(500)
        return httpx.Response(200, json={"original": '{"data":{"amount":"1.00"}}'})

    client = client_of(answer)
    known = await client.known("610100", 2026, {"610100/P1"})
    await client.close()

    assert ({"610100/P1": 40}, {"610100/P1": read * 100}) == (known.quarantined, known.amounts)
    assert known.amounts_part
    assert asked_for <= read + AMOUNT_FAILURES_MAX + AMOUNTS_AT_ONCE


def batches(*, pages: int = 1, size: int = 3) -> dict[str, Any]:
    """Answer with batches: of P1 alone, of P1 and P2, of P2; the same page again and again."""
    found = [
        {"id": f"{n % 3}", "difference": f"{'-' * (n % 2)}{n % 3 + 1}.05"} for n in range(size)
    ]
    sides = {0: ["610100/P1", "610100/P1"], 1: ["610100/P2", "610100/P1"], 2: ["610100/P2"]}
    path = "/v1/adjustment-batches"
    return {
        "/v1/jurisdictions": {"items": []},
        "/v1/quarantine": {"items": [], "next": None},
        path: BALANCED | {"items": found, "next": None if pages == 1 else "on"},
        **{
            f"{path}/{n}/sides": {"items": [{"project": one} for one in of], "next": None}
            for n, of in sides.items()
        },
    }


async def test_batches_that_do_not_balance_are_counted_with_what_they_are_at_odds_by() -> None:
    """The whole's are all; a part's have a side of it, and no amount is told beyond it (ADR 20)."""
    client = asked(batches())
    whole = (await client.known("610100", 2026)).off_balance
    mine = (await client.known("610100", 2026, {"610100/P1"})).off_balance
    none = (await client.known("610100", 2026, {"610100/P3"})).off_balance
    both = (await client.known("610100", 2026, {"610100/P1", "610100/P2"})).off_balance
    across = (await client.known("610100", 2026, {"610100/P2"})).off_balance
    await client.close()
    day = dt.date(2026, 7, 1)

    assert OffBalance(3, 105 + 205 + 305, day) == whole == both
    assert OffBalance(2, 105, day, amount_part=True) == mine
    assert OffBalance(2, 305, day, amount_part=True) == across
    assert OffBalance(0, None, day) == none


async def test_batches_are_asked_for_the_campaign_s_year_alone() -> None:
    """With a release of intake that does not know them, nothing is told; away, nothing is made."""
    seen: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        if "adjustment" in request.url.path:
            return httpx.Response(404, json={})
        return httpx.Response(200, json=BALANCED)

    client = client_of(answer)
    known = await client.known("610100", 2026)
    await client.close()
    away = asked({"/v1/jurisdictions": {"items": []}, "/v1/quarantine": {"items": [], **END}})
    with pytest.raises(ProblemError):
        await away.known("610100", 2026)
    await away.close()

    (asked_for,) = (url.params for url in seen if "adjustment" in url.path)
    assert ("610100", "2026") == (asked_for["jurisdiction"], asked_for["fiscal_year"])
    assert known.off_balance is None


async def test_more_batches_than_are_looked_through_are_said_to_be_more() -> None:
    """Ten thousand are counted, of five hundred it is looked whose they are."""
    client = asked(batches(pages=2, size=batches_asked.PAGE))
    whole = (await client.known("610100", 2026)).off_balance
    mine = (await client.known("610100", 2026, {"610100/P2"})).off_balance
    await client.close()

    assert whole is not None
    assert mine is not None
    assert batches_asked.PAGE * batches_asked.PAGES_MAX == whole.batches
    assert (whole.more, whole.amount_part, mine.more, mine.amount_part) == (True,) * 4
    assert batches_asked.LOOKED_MAX > mine.batches > batches_asked.LOOKED_MAX // 2


def reports_of(others: Beside) -> Reports:
    """Make what makes reports of a campaign without forms."""

    async def none(*_: Any) -> AsyncIterator[Any]:
        for each in list[Any]():
            yield each

    async def answer(*_: Any) -> Any:
        return {}

    async def unknown(_: str) -> None:
        return None

    async def names(*_: Any) -> Any:
        return NAMES

    alerts = SimpleNamespace(of_department=none, work=answer)
    stores: Any = SimpleNamespace(
        filing=SimpleNamespace(filed=none, reports=answer),
        kept=SimpleNamespace(names=names, alerts=alerts),
        days=SimpleNamespace(today=unknown, known=unknown),
    )
    return Reports(stores, others, "1")


async def test_the_quarantine_is_asked_for_those_who_are_told() -> None:
    """With intake and analysis away there is no completeness; the work is assessed all the same."""
    client = asked({"/v1/dispositions": {"items": [], "next": None}})
    reports = reports_of(client)
    made = await reports.summary(CAMPAIGN, deployment(), completeness=False)
    with pytest.raises(ProblemError):
        await reports.summary(CAMPAIGN, deployment())
    paper = Paper("p", PaperKind.REPORT, CITY, CAMPAIGN.id, 2026, DAY, department="D1")
    with pytest.raises(ProblemError):
        await reports.report(CAMPAIGN, paper)
    await client.close()

    assert made.whole.completeness.quarantined is None


async def test_a_report_without_completeness_asks_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bureau's own outline need not have that section."""
    outline = Outline("own", "监控报告", (Heading("money", "一、执行", ("money",)),))
    monkeypatch.setattr(report_styles, "current", lambda: report_styles.Style(outline, None))
    client = asked({"/v1/dispositions": {"items": [], "next": None}})
    paper = Paper("p", PaperKind.REPORT, CITY, CAMPAIGN.id, 2026, DAY, department="D1")
    made = await reports_of(client).report(CAMPAIGN, paper)
    await client.close()

    assert ("own", None) == (made.template, made.completeness.quarantined)


async def test_a_form_s_facts_are_found_in_the_quarantine() -> None:
    """Open ones and discarded ones, with the reason in both languages; others are not told."""

    def item(name: str, stated: str = PAID) -> dict[str, Any]:
        problem = {"title": "Recorded twice", "title_zh": "重复入账"}
        head = {"id": name, "stated": stated, "last_seen": "2026-07-01T00:00:00Z"}
        return {**head, "state": "open", "code": "document_repeated", "problem": problem}

    client = asked(
        {
            "/v1/quarantine": {
                "items": [item("1"), item("2"), item("3", "dualwatch.budget.approved.v1")],
                "next": None,
            },
            "/v1/quarantine/1": {"original": '{"id":"mine"}'},
            "/v1/quarantine/2": {"original": '{"id":"cut'},
        }
    )
    found = await client.kept_apart("610100/P1", {"mine", "elsewhere"})
    await client.close()

    assert {"mine": KeptApart("1", "open", "document_repeated", "Recorded twice", "重复入账")} == (
        found
    )


async def test_dispositions_after_the_day_are_left_out() -> None:
    """A report as of a day does not know what was decided later."""
    item = {
        "disposition_id": "d1",
        "project_id": builders.PROJECT,
        "department": "D1",
        "measure": "budget_cut",
        "objective_grounds": True,
        "ground": "政策调整",
        "decided_on": "2026-06-30",
        "decision": {"body": "市财政局", "number": "1"},
        "amount": "12.34",
    }
    later = {**item, "disposition_id": "d2", "decided_on": "2026-07-01"}
    client = asked({"/v1/dispositions": {"items": [item, later], "next": None}})
    found = [one async for one in client.dispositions("610100", 2026, DAY)]
    await client.close()

    ((department, line),) = found
    assert ("D1", Measure.BUDGET_CUT, 1_234) == (department, line.measure, line.amount)


async def test_a_service_that_is_away_makes_no_half_report() -> None:
    """503 in both languages; it is tried again."""
    client = asked({})
    with pytest.raises(ProblemError) as caught:
        await client.known("610100", 2026)
    await client.close()

    assert (503, "services_unreachable") == (
        caught.value.problem.status,
        caught.value.problem.code,
    )
    assert caught.value.problem.detail_zh
