"""An alert's whole life from the command line: data, unit, department, on real services."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.cli import main
from services.cli.places import Places, places_of
from services.cli.session import Session
from tests.support import builders
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

CITY: Final = "J771"
PROJECT: Final = f"{CITY}/PA"
BATCH: Final = {"content-type": "application/cloudevents-batch+json", "prefer": "wait=20"}
PDF: Final = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
REASON: Final = ("--reason", "procurement_procedure", "--not-objective", "--area", "institution")


class Town:
    """A running stack, its data, and the people who work there."""

    def __init__(self, stack: Stack, http: httpx.Client) -> None:
        self._stack = stack
        self._http = http
        self._keys = {"deployment": stack.endpoints().key}

    def post(self, path: str, **more: Any) -> Any:
        """Post to intake as the deployment."""
        headers = {"authorization": f"Bearer {self._keys['deployment']}"}
        headers |= more.pop("headers", {})
        answer = self._http.post(self._stack.endpoints().intake + path, headers=headers, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def says(self, *facts: AnyEvent) -> None:
        """Publish facts; all must be accepted."""
        body = b"[" + b",".join(map(encode, facts)) + b"]"
        counts = self.post("/v1/events", content=body, headers=BATCH)["counts"]
        assert len(facts) == counts["accepted"], counts

    def opens(self, day: str) -> None:
        """Open a business day."""
        self.post("/v1/days", json={"jurisdiction": CITY, "date": day, "jump": True})

    def hires(self, name: str, role: str, unit: str) -> None:
        """Give somebody a key, and wait until alerts knows it."""
        bounds = {"jurisdictions": [CITY], "organisations": [unit]}
        made = self.post(
            "/v1/principals", json={"id": name, "name": name, "roles": [role], **bounds}
        )
        self._keys[name] = made["key"]
        eventually(lambda: self.run(name, "list", exit_code=None) is not None)

    def run(self, who: str, *words: str, exit_code: int | None = 0) -> Any:
        """Run `dualwatch alerts …` as somebody; null if it ended otherwise than expected."""
        out, err = io.StringIO(), io.StringIO()
        session = Session(Places(places_of(self._stack.endpoints()).urls, self._keys[who]))
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(["alerts", *words, "--json"], session)
        if exit_code is None:
            return json.loads(out.getvalue()) if ended.value.code == 0 else None
        assert exit_code == ended.value.code, err.getvalue()
        return json.loads(out.getvalue()) if exit_code == 0 else err.getvalue()

    def waits(self, who: str, task: str) -> list[str]:
        """Give the alerts that wait for somebody, of one kind of task."""
        items = self.run(who, "tasks")["items"]
        return [item["alert"]["alert_id"] for item in items if item["task"] == task]

    def alert(self, state: str, count: int = 1) -> Any:
        """Wait for so many alerts of the rule in a state; give the one that was raised last."""

        def there() -> Any:
            words = ("list", "--rule", "over_budget", "--state", state, "--project", PROJECT)
            found = self.run("deployment", *words)
            assert len(found) == count, found
            return max(found, key=lambda alert: alert["occurrence"])

        return eventually(there, 60)


@pytest.fixture(scope="module")
def town(whole_stack: Stack) -> Iterator[Town]:
    """Two units and their department, on what measures and judges."""
    with httpx.Client(timeout=60, trust_env=False) as http:
        town = Town(whole_stack, http)
        town.says(
            builders.jurisdiction(CITY),
            builders.organisation("D1", CITY, kind="department"),
            builders.organisation("A", CITY, kind="unit", parent="D1"),
            builders.organisation("B", CITY, kind="unit", parent="D1"),
            builders.project(PROJECT, name="道路修复", lead_unit="A", department="D1"),
            builders.budget(PROJECT, "1000.00", unit="A"),
            builders.expenditure(PROJECT, "1200.00", "2026-06-01", event_id="too-much"),
        )
        town.opens("2026-06-30")
        town.hires("li", "unit_filler", "A")
        town.hires("zhao", "unit_filler", "B")
        town.hires("wang", "department_reviewer", "D1")
        yield town


def explained(town: Town, alert: str, paper: Path) -> tuple[str, list[str]]:
    """Let the unit see, explain and correct it; give the file's hash and what waits for review."""
    town.run("li", "acknowledge", alert, "--note", "已知悉")
    town.run("li", "assign", alert, "--to", "me")
    town.run("li", "comment", alert, "查账中")
    words = (*REASON, "--text", "招标流标", "--evidence", str(paper))
    found = town.run("li", "explain", alert, *words)
    file = found["work"]["explanation"]["evidence"][0]["sha256"]
    measure = ("--measure", "1", "--text", "追回超支", "--owner", "A", "--due", "2026-07-15")
    town.run("li", "plan", alert, *measure)
    town.run("li", "take", alert, "--measure", "1", "--on", "2026-06-30", "--evidence", file)
    return file, town.waits("wang", "to_review")


def reviewed(town: Town, alert: str, file: str) -> tuple[Any, Any]:
    """Let the department return it, accept it and close it; give it returned, and closed."""
    town.run("wang", "review", alert, "--outcome", "returned", "--note", "缺少合同")
    returned = town.run("li", "show", alert)
    town.run("li", "explain", alert, *REASON, "--text", "合同另附", "--evidence", file)
    town.run("wang", "review", alert, "--outcome", "accepted")
    words = ("--ground", "corrected", "--note", "已整改")
    return returned, town.run("wang", "close", alert, *words)


def returns(town: Town) -> Any:
    """Let the data be clear of it, and show it again; give the new alert."""
    town.says(builders.reversal("300.00", "2026-06-30", PROJECT, event_id="back"))
    town.opens("2026-07-01")
    town.alert("cleared")
    town.says(builders.expenditure(PROJECT, "300.00", "2026-07-01", event_id="again"))
    town.opens("2026-07-02")
    return town.alert("open")


def test_an_alert_lives_from_the_first_finding_to_its_return(town: Town, tmp_path: Path) -> None:
    """Raised, worked on, returned, accepted, closed, cleared by data; and raised again."""
    paper = tmp_path / "说明.pdf"
    paper.write_bytes(PDF)
    alert = town.alert("open")["alert_id"]
    waiting = town.waits("li", "to_explain")
    file, to_review = explained(town, alert, paper)
    returned, closed = reviewed(town, alert, file)
    back = returns(town)
    told = town.run("wang", "history", alert)
    anew = town.run("li", "show", back["alert_id"])

    assert alert in waiting
    assert [alert] == to_review
    assert "returned" == returned["work"]["review"]["outcome"]
    assert ("closed", "corrected") == (closed["state"], closed["work"]["closing"]["ground"])
    assert [
        "raised", "acknowledged", "assigned", "commented", "explained", "measure_planned",
        "measure_taken", "reviewed", "explained", "reviewed", "closed", "cleared",
    ] == [entry["kind"] for entry in told]  # fmt: skip
    assert list(range(1, 13)) == [entry["version"] for entry in told]
    assert sorted(entry["cursor"] for entry in told) == [entry["cursor"] for entry in told]
    assert ["li", "li", "wang"] == [told[number]["by"] for number in (1, 8, 10)]
    assert ["raised", "regressed", "assigned"] == [e["kind"] for e in anew["history"]]
    assert (alert, "li", 2) == (
        anew["work"]["regressed_from"],
        anew["work"]["assignee"],
        anew["occurrence"],
    )


def test_another_units_alert_is_not_there(town: Town) -> None:
    """Neither to read nor to work on; evidence of another project is none."""
    alert = town.run("deployment", "list", "--project", PROJECT, "--state", "all")[0]["alert_id"]

    assert [] == town.run("zhao", "list", "--state", "all")
    for words in (("show", alert), ("history", alert), ("comment", alert, "x")):
        assert f"There is no alert {alert}." in town.run("zhao", *words, exit_code=3)
    told = town.run("li", "close", alert, "--ground", "unfounded", "--note", "x", exit_code=3)
    assert "permission `review`" in told
    unproven = ("explain", alert, *REASON, "--text", "t", "--evidence", "0" * 64)
    assert "no evidence" in town.run("li", *unproven, exit_code=3)
