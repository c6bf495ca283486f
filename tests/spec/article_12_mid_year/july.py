"""A whole July of a simulated city, driven over HTTP as its people would (Art. 5, 6, 12, 15).

Written from the documented HTTP alone. Everything that people do here is done through the doors
that they have: plan, open, fill in, hand in, look at, return, correct, dispute, urge, add up.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from deploy.local.stack import Stack
from tests.support.eventually import eventually

SEED: Final = 12
CITY: Final = f"990100-{SEED}"
CAMPAIGN: Final = "2026-H1"
KEY: Final = f"{CITY}/{CAMPAIGN}"
CUT_OFF: Final = "2026-06-30"
CLI: Final = Path(sys.executable).with_name("dualwatch")
SECONDS: Final = 300
"""Far more than anything here takes, for a busy machine."""
PAGES_MAX: Final = 200
ROUNDS_MAX: Final = 6
"""How often a form's gaps are filled before one gives up: what fills one may open another."""

CONTACT: Final = {
    "filled_by": "李填报",
    "phone": "029-12345678",
    "head": "王负责",
    "filled_on": "2026-07-10",
}


@dataclass
class July:
    """The city, its people's keys, and what has been seen."""

    stack: Stack
    http: httpx.Client
    keys: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    seen: dict[str, Any] = field(default_factory=dict)
    """What was seen while July went by."""

    def ask(
        self, who: str, service: str, path: str, method: str = "GET", **more: Any
    ) -> httpx.Response:
        """Ask a service as somebody; commands carry a new Idempotency-Key."""
        headers = {"authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        if method != "GET" and service == "reporting":
            headers.setdefault("idempotency-key", f"july-{next(self.numbers)}")
        url = getattr(self.stack.endpoints(), service) + path
        return self.http.request(method, url, headers=headers, **more)

    def told(self, who: str, path: str, **parameters: Any) -> Any:
        """Read something of reporting."""
        answer = self.ask(who, "reporting", path, params=parameters)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def done(self, who: str, path: str, body: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Command something of reporting; it must be carried out."""
        answer = self.ask(
            who, "reporting", path, more.pop("method", "POST"), json=body or {}, **more
        )
        assert answer.status_code in {200, 201, 202}, (path, answer.text)
        return answer.json()

    def refused(
        self, who: str, path: str, body: Mapping[str, Any] | None = None, method: str = "POST"
    ) -> tuple[int, str]:
        """Command something that must not be carried out; give status and code."""
        answer = self.ask(who, "reporting", path, method, json=body or {})
        assert answer.status_code >= 400, (path, answer.text)
        return answer.status_code, answer.json()["code"]

    def person(self, name: str, role: str, *organisations: str) -> None:
        """Give somebody a key."""
        body = {
            "id": name,
            "name": name,
            "roles": [role],
            "jurisdictions": [CITY],
            **({"organisations": list(organisations)} if organisations else {}),
        }
        answer = self.ask("deployment", "intake", "/v1/principals", "POST", json=body)
        assert answer.status_code == 201, answer.text
        self.keys[name] = answer.json()["key"]

    def known(self, who: str) -> None:
        """Wait until every service lets somebody in."""
        for service in ("intake", "analysis", "alerts", "reporting"):
            eventually(partial(self._lets_in, service, who), SECONDS, f"{service} knows {who}")

    def _lets_in(self, service: str, who: str) -> bool:
        return self.ask(who, service, "/v1/position").status_code == 200

    def entries(self, stream: str) -> Iterator[dict[str, Any]]:
        """Read a stream of the ledger."""
        path = f"/v1/ledger/{quote(stream, safe='')}"
        after = 0
        for _ in range(PAGES_MAX):
            asked = {"after": after, "limit": 500}
            page = self.ask("deployment", "intake", path, params=asked).json()
            yield from (entry["event"] for entry in page["items"])
            after = page["next"]
            if after is None:
                return

    def open_day(self, date: str) -> None:
        """Open a day of the city's manual clock, and wait until reporting is told."""
        wanted = {"jurisdiction": CITY, "date": date, "jump": True}
        answer = self.ask("deployment", "intake", "/v1/days", "POST", json=wanted)
        assert answer.status_code in {200, 202}, answer.text
        eventually(lambda: self.today() == date, SECONDS, f"{date} reaches reporting")

    def today(self) -> str:
        """Tell the day that reporting holds for the last opened one."""
        return self.told("deployment", "/v1/campaigns", jurisdiction=CITY)["today"]

    def papers(self, who: str, **wanted: Any) -> list[dict[str, Any]]:
        """List papers, all pages."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        for _ in range(PAGES_MAX):
            more = {"after": after} if after else {}
            page = self.told(who, "/v1/papers", limit=100, **wanted, **more)
            found += page["items"]
            after = page["next"]
            if after is None:
                break
        return found

    def paper(self, who: str, paper: str) -> dict[str, Any]:
        """Read a paper."""
        return self.told(who, f"/v1/papers/{quote(paper, safe='')}")

    def step(self, who: str, paper: str, step: str, **body: Any) -> dict[str, Any]:
        """Do a step with a paper."""
        return self.done(who, f"/v1/papers/{quote(paper, safe='')}/{step}", body)

    def fill(self, who: str, paper: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Save fields of a draft."""
        now = self.paper(who, paper)
        versions = {pointer: saved["version"] for pointer, saved in now["draft"].items()}
        fields = [
            {"field": pointer, "value": value, "version": versions.get(pointer, 0)}
            for pointer, value in values.items()
        ]
        path = f"/v1/papers/{quote(paper, safe='')}/draft"
        return self.done(who, path, {"fields": fields}, method="PATCH")

    def complete(self, who: str, paper: str) -> dict[str, Any]:
        """Fill in whatever the paper says is missing."""
        found = self.paper(who, paper)
        for _ in range(ROUNDS_MAX):
            if not found["gaps"]:
                return found
            found = self.fill(who, paper, dict(_answers(found)))
        raise AssertionError(found["gaps"])


def _answers(paper: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Answer gaps by the last word of their pointers, as a person would by looking at them."""
    for gap in paper["gaps"]:
        pointer = gap["pointer"]
        yield pointer, _answer(paper, pointer)


def _answer(paper: Mapping[str, Any], pointer: str) -> Any:
    plain = {
        **CONTACT,
        "areas": ["funding", "other"],
        "reason_type": "planned_later",
        "reason": "招标流程延后,合同已于六月签订",
        "possibility": "possible",
        "measure": "倒排工期,按月督办",
        "expected_result": "年底前全部完成",
        "carryover": "0.00",
        "surplus": "0.00",
    }
    last = pointer.rsplit("/", 1)[-1]
    if last == "expected_spent":
        key = pointer.split("/")[2]
        (row,) = [row for row in paper["form"]["funding"] if row["key"] == key]
        return row["foreseen_spent"] or row["adjusted_budget"] or "0.00"
    if pointer.startswith("/sections/"):
        return "本部门按要求组织开展了绩效运行监控。"
    assert last in plain, pointer
    return plain[last]


def simulate(folder: Path, projects: int) -> Path:
    """Write the city's first half of the year; its last two days are opened."""
    log = folder / "city.jsonl"
    words = ["simulate", "--seed", str(SEED), "--projects", str(projects)]
    run(folder, *words, "--from", "2026-06-29", "--until", CUT_OFF, "-o", str(log))
    return log


def run(data_dir: Path, *words: str) -> str:
    """Run a command of ours."""
    done = subprocess.run(  # noqa: S603 - our own words
        [str(CLI), *words],
        env={"DUALWATCH_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def organisations(july: July) -> dict[str, dict[str, Any]]:
    """Read the city's organisations from its ledger."""
    return {
        event["data"]["organisation"]: event["data"]
        for event in july.entries(CITY)
        if event["type"] == "dualwatch.organisation.registered.v1"
    }


def money(text: str | None) -> int:
    """Read an amount on the wire as fen."""
    if text is None:
        return 0
    whole, _, part = text.lstrip("-").partition(".")
    fen = int(whole) * 100 + int(part.ljust(2, "0"))
    return -fen if text.startswith("-") else fen
