"""`dualwatch rules`: packs checked, tested, published and explained; what a backtest counts."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from services.alerts.api.rules import rule_item
from services.alerts.domain.backtest import Step, days_of
from services.cli.errors import CliError, ExitCode
from services.cli.rules_backtest import asked_days
from services.cli.rules_book import shipped
from services.cli.rules_starter import STARTER
from services.cli.rules_truth import RULES, Planted, read_truth, rules_of
from tests.unit.alerts.builders import assessment, indicator
from tests.unit.cli.fake_services import FakeServices, run

J = "340700"
PACK = """\
id: own
version: "2"
effective_from: "2026-01-01"
title_zh: 自有
title_en: Own
extends: city
overrides:
  - rule: money_ahead_of_results
    parameters: {yellow_from_bp: 1500}
"""


@pytest.fixture
def services() -> FakeServices:
    """Services of a jurisdiction without packs of its own."""
    found = FakeServices()
    found.on("alerts", "GET", "/v1/rules/packs", {"items": [], "above": [J], "next": None})
    today = {"jurisdiction": J, "today": "2026-06-30"}
    found.on("analysis", "GET", "/v1/jurisdictions", {"items": [today], "next": None})
    return found


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack without fault."""
    file = tmp_path / "own.yaml"
    file.write_text(PACK, encoding="utf-8")
    return file


def page(*made: Any) -> dict[str, Any]:
    """Make a page of assessments."""
    items = [
        {"project_id": event.subject, "assessment": event.data.model_dump(mode="json")}
        for event in made
    ]
    return {"items": items, "next": None, "cut": "1", "fiscal_year": 2026}


def test_the_starter_is_without_fault(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is written once, checks and passes its tests; no service is asked."""
    file = str(tmp_path / "new.yaml")

    assert 0 == run(services, capsys, "rules", "init", file).exit_code
    assert STARTER == Path(file).read_text(encoding="utf-8")
    assert ExitCode.USAGE == run(services, capsys, "rules", "init", file).exit_code
    assert 0 == run(services, capsys, "rules", "check", file).exit_code
    tested = run(services, capsys, "rules", "test", file, "--json")
    assert all(one["passed"] for one in json.loads(tested.out))


def test_faults_are_told_with_their_place(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """As data on standard output, and the exit code says no."""
    pack.write_text(PACK.replace("1500", "true") + "  - rule: over_budget\n    enabled: false\n")
    found = run(services, capsys, "rules", "check", str(pack), "--json")

    assert ExitCode.FAILED_CHECK == found.exit_code
    assert [(9, 18), (11, 5)] == [
        (fault["line"], fault["column"]) for fault in json.loads(found.out)
    ]


def test_a_test_that_fails_is_told(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """With what it says instead."""
    test = "    tests:\n      - {name: t, given: {money_ahead_bp: 1499}, expect: yellow}\n"
    pack.write_text(PACK + test, encoding="utf-8")
    found = run(services, capsys, "rules", "test", str(pack), "--json")

    assert ExitCode.FAILED_CHECK == found.exit_code
    assert ["silent"] == [one["answer"] for one in json.loads(found.out)]
    assert ExitCode.USAGE == run(services, capsys, "rules", "check", "/nowhere").exit_code


def test_a_pack_is_published_as_a_fact(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """After it was checked; the same again is the same fact."""
    accepted = {"results": [{"verdict": "accepted"}], "receipt": "r"}
    services.on("intake", "POST", "/v1/events", accepted)
    services.on("intake", "GET", "/v1/position", {"position": "1"})
    options = ("rules", "publish", str(pack), "--jurisdiction", J, "--no-wait", "--json")
    found = run(services, capsys, *options, "--effective-from", "2026-07-01")
    run(services, capsys, *options, "--effective-from", "2026-07-01")
    first, second = (json.loads(sent.content) for sent in services.asked("/v1/events"))

    assert 0 == found.exit_code, found.err
    assert first == second
    assert ("dualwatch.rule_pack.published.v1", J) == (first["type"], first["subject"])
    assert {
        "date": "2026-06-30",
        "pack": "own",
        "version": 2,
        "effective_from": "2026-07-01",
        "sha256": hashlib.sha256(PACK.encode()).hexdigest(),
        "content": PACK,
    } == first["data"]


def test_a_pack_that_loosens_compliance_is_not_published(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """Nothing is sent."""
    pack.write_text(PACK + "  - rule: fact_in_conflict\n    parameters: {red_from: 99}\n")
    found = run(services, capsys, "rules", "publish", str(pack), "--jurisdiction", J)

    assert ExitCode.FAILED_CHECK == found.exit_code
    assert "loosens compliance" in found.out
    assert [] == services.asked("/v1/events")


def test_a_version_is_published_once(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """Other words under the same number are refused before anything is sent."""
    known = {
        "pack": "own",
        "version": "2",
        "jurisdiction": J,
        "organisation": None,
        "effective_from": "2026-01-01",
        "effective_to": None,
        "published_on": "2026-01-01",
        "sha256": "0" * 64,
        "content": PACK,
    }
    services.on("alerts", "GET", "/v1/rules/packs", {"items": [known], "above": [J], "next": None})
    found = run(services, capsys, "rules", "publish", str(pack), "--jurisdiction", J)

    assert ExitCode.REFUSED == found.exit_code
    assert "another content" in found.err
    assert [] == services.asked("/v1/events")


def test_explains_what_a_rule_says_of_a_project(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Facts with their meaning, parameters with their layer, the entries of its figures."""
    made = assessment(money_ahead_bp=2500)
    services.on("analysis", "GET", "/v1/assessments", page(made))
    rule = next(r for p in shipped() for r in p.rules if r.id == "money_ahead_of_results")
    services.on("alerts", "GET", f"/v1/rules/{rule.id}", rule_item(rule, {}))
    why = {"value": "500000.00", "entries": [], "entries_total": 3}
    services.on("analysis", "GET", f"/v1/projects/{J}%2FP-1/why/spent", why)
    asked = ("rules", "explain", rule.id, "--project", made.subject, "--json")
    found = json.loads(run(services, capsys, *asked).out)

    assert ["yellow"] == [answer["answer"] for answer in found["answers"]]
    assert {
        "fact": "money_ahead_bp",
        "value": "2500 bp",
        "meaning": "Execution rate − attainment.",
    } in (found["answers"][0]["facts"])
    assert "city@6" == found["rule"]["parameters"][0]["layer"]
    assert ("spent", 3) == (found["entries"][0]["figure"], found["entries"][0]["entries_total"])


def test_explains_no_rule_that_is_not_in_force(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor without a project."""
    services.on("analysis", "GET", "/v1/assessments", page(assessment()))
    asked = ("rules", "explain", "nothing", "--project", f"{J}/P-1")

    assert ExitCode.REFUSED == run(services, capsys, *asked).exit_code
    assert ExitCode.USAGE == run(services, capsys, "rules", "explain", "over_budget").exit_code


def backtest(
    services: FakeServices, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    """Run one over half a year and return its report."""
    dates = ("--from", "2026-06-30", "--to", "2026-06-30", "--jurisdiction", J)
    found = run(services, capsys, "rules", "backtest", *dates, *options, "--json")
    assert 0 == found.exit_code, found.err
    report: dict[str, Any] = json.loads(found.out)
    return report


def of(report: dict[str, Any], rule: str) -> dict[str, Any]:
    """Return one rule of a report."""
    return next(item for item in report["rules"] if item["rule"] == rule)


def test_a_backtest_counts_beside_the_live_pack(
    services: FakeServices, capsys: pytest.CaptureFixture[str], pack: Path
) -> None:
    """What the pack raises more; a rule that nobody asked is told apart from one that is silent."""
    made = assessment(project=f"{J}/P-1", money_ahead_bp=1500, indicators=(indicator(),))
    services.on("analysis", "GET", "/v1/assessments", page(made))
    live = backtest(services, capsys)
    tried = backtest(services, capsys, "--pack", str(pack))
    ahead = of(tried, "money_ahead_of_results")

    assert (0, 1) == (of(live, "money_ahead_of_results")["raised"], ahead["raised"])
    assert (1, 0, {"2026-06": 1}) == (ahead["more"], ahead["less"], ahead["raised_by_month"])
    assert not of(live, "indicator_behind_standard")["no_matching_data"]
    assert {"over_budget", "unit_execution_behind"} <= set(live["no_matching_data"])
    assert ahead["precision_bp"] is None


def test_a_backtest_is_graded_by_what_was_planted(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Found, missed, not covered, and raised without a reason."""
    ahead = assessment(project=f"{J}/P-1", money_ahead_bp=2500)
    other = assessment(project=f"{J}/P-2", money_ahead_bp=2500)
    services.on("analysis", "GET", "/v1/assessments", page(ahead, other))
    truth = tmp_path / "truth.jsonl"
    kinds = [
        ("money_ahead_of_results", "P-1"),
        ("over_budget", "P-1"),
        ("money_from_nowhere", "P-3"),
    ]
    lines = [
        {"kind": kind, "subject": f"{J}/{name}", "date": "2026-06-30", "fiscal_year": 2026}
        for kind, name in kinds
    ]
    truth.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    report = backtest(services, capsys, "--truth", str(truth))
    found = of(report, "money_ahead_of_results")

    assert (5000, 10_000, 1) == (found["precision_bp"], found["recall_bp"], found["planted"])
    assert 0 == of(report, "over_budget")["recall_bp"]
    assert [("over_budget", f"{J}/P-1")] == [
        (one["kind"], one["project_id"]) for one in report["missed"]
    ]
    assert ["money_from_nowhere"] == report["not_covered"]


def test_days_are_looked_at_in_steps() -> None:
    """The last one always; too many are refused."""
    first, last = dt.date(2026, 1, 1), dt.date(2026, 3, 15)

    assert [(1, 31), (2, 28), (3, 15)] == [
        (d.month, d.day) for d in days_of(first, last, Step.MONTH)
    ]
    assert (12, 74) == (len(days_of(first, last, Step.WEEK)), len(days_of(first, last, Step.DAY)))
    for begins, ends in ((last, first), (first, dt.date(2028, 1, 1)), (first, dt.date(9999, 1, 1))):
        with pytest.raises(CliError):
            asked_days(begins.isoformat(), ends.isoformat(), Step.DAY)


def test_planted_kinds_name_rules_that_there_are(tmp_path: Path) -> None:
    """And a truth file that is none is refused."""
    known = {rule.id for pack in shipped() for rule in pack.rules}
    planted = Planted("zero_execution_half_year", "J/P", 2026, dt.date(2026, 6, 30), ("x",))
    file = tmp_path / "truth"
    file.write_text("{}", encoding="utf-8")

    assert known >= frozenset().union(*RULES.values())
    assert "execution_behind_standard" in planted.rules()
    assert frozenset() == rules_of("money_from_nowhere")
    with pytest.raises(CliError):
        read_truth(file)
