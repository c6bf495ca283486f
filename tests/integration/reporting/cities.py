"""Cities for the tests of reporting: their facts, their people, and what those ask."""

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from tests.support import builders
from tests.support.eventually import eventually

ANSWER_SECONDS: Final = 60.0
DEADLINE_SECONDS: Final = 60.0
OWN: Final = "P1-OWN"
SCAN: Final = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PEOPLE: Final[Mapping[str, tuple[str, str | None]]] = {
    "filler": ("unit_filler", "A"),
    "approver": ("unit_approver", "A"),
    "other-unit": ("unit_filler", "B"),
    "department": ("department_reviewer", "D1"),
    "counterpart": ("counterpart_division", None),
    "bureau": ("performance_division", None),
    "bureau-2": ("performance_division", None),
    "desk": ("data_desk", None),
}


@dataclass
class City:
    """A running stack with two departments, three units, four projects."""

    stack: Stack
    http: httpx.Client
    code: str
    """Its jurisdiction: each file of tests has its own on the one stack."""
    keys: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the deployment's own key."""
        self.keys = {"deployment": self.stack.endpoints().key}

    def path_of(self, name: str) -> str:
        """Give the address of a campaign."""
        return f"/v1/campaigns/{quote(f'{self.code}/{name}', safe='')}"

    def id_of(self, name: str) -> str:
        """Give what identifies somebody on the whole stack."""
        return f"{name}-{self.code.lower()}"

    def says(self, facts: Sequence[AnyEvent]) -> None:
        """Publish facts; all must be accepted."""
        body = b"[" + b",".join(map(encode, facts)) + b"]"
        kind = {"content-type": "application/cloudevents-batch+json", "prefer": "wait=20"}
        sent = self.ask("deployment", "/v1/events", "POST", "intake", content=body, headers=kind)
        assert sent.json()["counts"]["accepted"] == len(facts), sent.text

    def ask(
        self, who: str, path: str, method: str = "GET", service: str = "reporting", **more: Any
    ) -> httpx.Response:
        """Ask a service as a principal; commands under a key of their own."""
        url = getattr(self.stack.endpoints(), service) + path
        headers = {"authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        if method != "GET":
            headers.setdefault("idempotency-key", secrets.token_hex(8))
        return self.http.request(method, url, headers=headers, **more)

    def campaign(self, name: str, who: str = "bureau") -> dict[str, Any]:
        """Read a campaign."""
        found: dict[str, Any] = self.ask(who, self.path_of(name)).json()
        return found

    def plan(self, name: str, who: str = "bureau", **more: Any) -> httpx.Response:
        """Plan a campaign on the first half of 2026."""
        form = {
            "jurisdiction": self.code,
            "id": name,
            "name": "2026年1-6月绩效运行监控",
            "fiscal_year": 2026,
            "cut_off": "2026-06-30",
            **more,
        }
        return self.ask(who, "/v1/campaigns", "POST", json=form)

    def open(self, name: str, who: str = "bureau", **more: Any) -> dict[str, Any]:
        """Plan a campaign, open it, wait until its papers are there."""
        planned = self.plan(name, who, **more)
        assert planned.status_code == 200, planned.text
        began = self.ask(who, f"{self.path_of(name)}/open", "POST")
        assert began.status_code == 200, began.text

        def is_open() -> bool:
            return bool(self.campaign(name)["state"] == "open")

        eventually(is_open, DEADLINE_SECONDS)
        return self.campaign(name)

    def open_day(self, day: str) -> None:
        """Open a business day, and wait until reporting knows it."""
        wanted = {"jurisdiction": self.code, "date": day, "jump": True}
        opened = self.ask("deployment", "/v1/days", "POST", "intake", json=wanted).json()
        with Client(places_of(self.stack.endpoints())) as client:
            wait_until_passed(client, opened["position"])

        def known() -> bool:
            found = self.ask("bureau", "/v1/campaigns", params={"jurisdiction": self.code})
            return bool(found.json()["today"] == day)

        eventually(known, DEADLINE_SECONDS)

    def give(self, people: Mapping[str, tuple[str, str | None]]) -> None:
        """Give out keys: name → role and organisation; return once reporting knows all of them."""
        for name, (role, organisation) in people.items():
            within = {"organisations": [organisation]} if organisation else {}
            who = {"id": self.id_of(name), "name": name, "jurisdictions": [self.code]}
            body = {**who, "roles": [role], **within}
            answer = self.ask("deployment", "/v1/principals", "POST", "intake", json=body)
            assert answer.status_code == 201, answer.text
            self.keys[name] = answer.json()["key"]

        def let_in() -> bool:
            return all(self.ask(name, "/v1/position").status_code == 200 for name in people)

        eventually(let_in, DEADLINE_SECONDS)


class Desk(City):
    """The city, as those who work on papers ask it; where none is named, on the form of P1."""

    @property
    def form(self) -> str:
        """Give the form of P1."""
        return f"{self.code}/mid/form/P1"

    def paper(self, who: str, paper: str = "") -> dict[str, Any]:
        """Read a paper."""
        answer = self.ask(who, address(paper or self.form))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def step(self, who: str, step: str, paper: str = "", **body: Any) -> httpx.Response:
        """Carry a step out."""
        headers = body.pop("headers", {})
        path = f"{address(paper or self.form)}/{step}"
        return self.ask(who, path, "POST", json=body, headers=headers)

    def done(self, who: str, step: str, paper: str = "", **body: Any) -> dict[str, Any]:
        """Carry a step out that must work."""
        answer = self.step(who, step, paper, **body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def save(self, who: str, values: dict[str, Any], paper: str = "") -> httpx.Response:
        """Save fields in the versions they have."""
        draft = self.paper(who, paper)["draft"]
        fields = [
            {"field": name, "value": value, "version": draft.get(name, {}).get("version", 0)}
            for name, value in values.items()
        ]
        path = f"{address(paper or self.form)}/draft"
        return self.ask(who, path, "PATCH", json={"fields": fields})

    def fill(self, who: str, paper: str = "") -> dict[str, Any]:
        """Fill in whatever is missing."""
        for _ in range(3):
            gaps = self.paper(who, paper)["gaps"]
            if not gaps:
                break
            saved = self.save(who, {gap["pointer"]: _answer(gap["pointer"]) for gap in gaps}, paper)
            assert saved.status_code == 200, saved.text
        found = self.paper(who, paper)
        assert found["gaps"] == []
        return found

    def attach(self, who: str, subject: str = "") -> dict[str, Any]:
        """Upload a scan."""
        asked = {"subject": subject or f"{self.code}/P1", "name": "盖章件.pdf"}
        answer = self.ask(who, "/v1/evidence", "POST", "intake", params=asked, content=SCAN)
        assert answer.status_code in {200, 201}, answer.text
        return {name: answer.json()[name] for name in ("sha256", "name", "media_type", "bytes")}

    def ledger(self, project: str = "") -> list[dict[str, Any]]:
        """Read a project's entries."""
        path = f"/v1/ledger/{quote(project or f'{self.code}/P1', safe='')}"
        return list(self.ask("deployment", path, service="intake").json()["items"])


def address(paper: str) -> str:
    """Give the address of a paper."""
    return f"/v1/papers/{quote(paper, safe='')}"


def _answer(pointer: str) -> Any:
    last = pointer.rsplit("/", 1)[-1]
    plain: dict[str, Any] = {
        "expected_spent": "100.00",
        "carryover": "0.00",
        "surplus": "0.00",
        "areas": ["funding", "personnel"],
        "possibility": "possible",
        "filled_on": "2026-07-08",
    }
    return plain.get(last, "说明")


@contextlib.contextmanager
def two_departments(stack: Stack, code: str) -> Iterator[Desk]:
    """A city on 30 June for those who plan campaigns."""
    with httpx.Client(timeout=ANSWER_SECONDS) as http:
        made = Desk(stack, http, code)
        made.says(_of_two_departments(code))
        made.give(
            {
                "bureau": ("performance_division", None),
                "department-1": ("department_reviewer", "D1"),
                "unit-b": ("unit_filler", "B"),
                "unit-c": ("unit_filler", "C"),
            }
        )
        made.open_day("2026-06-30")
        yield made


@contextlib.contextmanager
def one_department(stack: Stack, code: str) -> Iterator[Desk]:
    """A city on 8 July whose campaign `mid` is open, for those who work on its papers."""
    with httpx.Client(timeout=ANSWER_SECONDS) as http:
        made = Desk(stack, http, code)
        made.says(_of_one_department(code))
        made.give(PEOPLE)
        made.open_day("2026-06-30")
        made.open_day("2026-07-08")
        made.open("mid")
        yield made


def _of_two_departments(city: str) -> list[AnyEvent]:
    """P1 and P2 of unit A, P3 of B, both below D1; P4 of C below D2, of another budget."""
    leads = {"P1": ("A", "D1"), "P2": ("A", "D1"), "P3": ("B", "D1"), "P4": ("C", "D2")}
    spent = {"P1": "10.00", "P2": "900.00", "P3": "500.00", "P4": "480.00"}
    facts: list[AnyEvent] = [builders.jurisdiction(city)]
    facts += [builders.organisation(code, city) for code in ("D1", "D2")]
    facts += [
        builders.organisation(unit, city, kind="unit", parent=department)
        for unit, department in {unit: (unit, above) for unit, above in leads.values()}.values()
    ]
    for code, (unit, department) in leads.items():
        project = f"{city}/{code}"
        account = "government_funds" if code == "P4" else "general_public"
        facts += [
            builders.project(project, name=code, lead_unit=unit, department=department),
            builders.budget(project, unit=unit, account=account),
            builders.expenditure(project, spent[code], "2026-03-02"),
        ]
    return facts


def _of_one_department(city: str) -> list[AnyEvent]:
    """P1 with an indicator behind and a line of own funds; P2; both of A below D1; P3 of B."""
    facts: list[AnyEvent] = [builders.jurisdiction(city), builders.organisation("D1", city)]
    facts += [builders.organisation(u, city, kind="unit", parent="D1") for u in ("A", "B")]
    for code, unit in (("P1", "A"), ("P2", "A"), ("P3", "B")):
        project = f"{city}/{code}"
        facts += [
            builders.project(project, name=code, lead_unit=unit, department="D1"),
            builders.budget(project, unit=unit),
            builders.expenditure(project, "10.00", "2026-03-02"),
        ]
    own = {"unit": "A", "account": "other_funds", "channel": "own_funds"}
    facts.append(builders.budget(f"{city}/P1", "40.00", line=OWN, **own))
    facts.append(
        builders.targets(builders.target("K1"), builders.target("K2"), subject=f"{city}/P1")
    )
    facts.append(builders.progress("10", "2026-06-20", subject=f"{city}/P1"))
    facts.append(builders.targets(builders.target("K1"), subject=f"{city}/P3"))
    return facts
