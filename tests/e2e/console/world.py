"""The running stack with its town, and everybody who works there, signed in to the console."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import GUEST_VARIABLE, Stack
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from services.console.pages.frame.looking import COOKIE, SIGN_IN
from tests.e2e import test_identity as identity
from tests.e2e.console import hostile, town
from tests.support.eventually import eventually

SECONDS_MAX: Final = 90.0
ANSWER_SECONDS: Final = 60.0
NOBODY_IS_LET_IN: Final = {GUEST_VARIABLE: ""}
"""Everybody signs in: there is no guest here."""
OWN: Final = {"sec-fetch-site": "same-origin"}
"""What a browser says of a form of the console's own page."""


@dataclass
class World:
    """What the tests of the console look at."""

    stack: Stack
    http: httpx.Client
    units: identity.World
    """Two units that must not see each other, as everything else about identity uses them."""
    keys: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def console(self) -> str:
        """Give the console's address."""
        return self.stack.endpoints().console

    def ask(
        self, who: str, service: str, path: str, method: str = "GET", **more: Any
    ) -> httpx.Response:
        """Ask a service itself as somebody; commands under a key of their own."""
        url = getattr(self.stack.endpoints(), service) + path
        headers = {"authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        if method != "GET":
            headers.setdefault("idempotency-key", secrets.token_hex(8))
        return self.http.request(method, url, headers=headers, **more)

    def told(self, who: str, service: str, path: str, method: str = "GET", **more: Any) -> Any:
        """Ask for what must work, and give what was answered."""
        answer = self.ask(who, service, path, method, **more)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    def page(self, who: str | None, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Ask the console for a page as a browser without JavaScript does."""
        headers = {**OWN, **more.pop("headers", {})}
        if who is not None:
            headers["cookie"] = f"{COOKIE}={self.cookies[who]}"
        return self.http.request(method, self.console + path, headers=headers, **more)

    def let_in(self, name: str, key: str) -> None:
        """Sign somebody in with a key; the cookie is kept."""
        self.keys[name] = key

        def signed_in() -> str | None:
            form = {"by": "key", "key": key}
            answer = self.http.post(self.console + SIGN_IN, data=form, headers=OWN)
            self.http.cookies.clear()
            return answer.cookies.get(COOKIE)

        found = eventually(signed_in, SECONDS_MAX, f"{name} signs in")
        assert found
        self.cookies[name] = found

    def hire(
        self, name: str, role: str, organisations: tuple[str, ...], city: str, title: str = ""
    ) -> None:
        """Make a principal of a city, called after it, and sign him in."""
        body = {
            "id": f"{city.lower()}-{name}",
            "name": title or name,
            "roles": [role],
            "jurisdictions": [city],
            "organisations": list(organisations),
        }
        made = self.told("deployment", "intake", "/v1/principals", "POST", json=body)
        self.let_in(name, made["key"])

    def publish(self, *events: AnyEvent) -> None:
        """State facts, all of which are taken in."""
        sent = self._sent(b",".join(map(encode, events)))
        assert len(events) == sent["accepted"], sent

    def refuse(self, *events: bytes) -> None:
        """State what is refused and kept in quarantine."""
        sent = self._sent(b",".join(events))
        assert len(events) == sent["quarantined"], sent

    def _sent(self, events: bytes) -> dict[str, int]:
        kind = {"content-type": "application/cloudevents-batch+json", "prefer": "wait=20"}
        path, body = "/v1/events", b"[" + events + b"]"
        answer = self.ask("deployment", "intake", path, "POST", content=body, headers=kind)
        return dict(answer.json()["counts"])

    def open_days(self, city: str, *days: str) -> None:
        """Open days, and wait until all services have passed the last."""
        opened: dict[str, Any] = {}
        for day in days:
            wanted = {"jurisdiction": city, "date": day, "jump": True}
            opened = self.told("deployment", "intake", "/v1/days", "POST", json=wanted)
        with Client(places_of(self.stack.endpoints())) as client:
            wait_until_passed(client, str(opened["position"]))

    def open_campaign(self, city: str, name: str, title: str, cut_off: str) -> str:
        """Plan a campaign and open it; give its address at reporting."""
        form = {"jurisdiction": city, "id": name, "name": title, "fiscal_year": town.YEAR}
        path = f"/v1/campaigns/{quote(f'{city}/{name}', safe='')}"

        def knows_the_day() -> bool:
            asked = {"jurisdiction": city}
            found = self.told("deployment", "reporting", "/v1/campaigns", params=asked)
            return bool((found["today"] or "") >= cut_off)

        eventually(knows_the_day, SECONDS_MAX, "reporting knows the day")
        body = {**form, "cut_off": cut_off}
        self.told("deployment", "reporting", "/v1/campaigns", "POST", json=body)
        self.told("deployment", "reporting", f"{path}/open", "POST", json={})

        def is_open() -> bool:
            return bool(self.told("deployment", "reporting", path)["state"] == "open")

        eventually(is_open, SECONDS_MAX, f"the campaign {name} is open")
        return path


def made(stack: Stack, http: httpx.Client) -> World:
    """Publish what there is, let everybody in, open the campaigns."""
    key = stack.endpoints().key
    world = World(stack, http, identity.World(stack, http, {"deployment": key}))
    world.let_in("deployment", key)
    world.publish(*town.facts())
    world.refuse(town.refused())
    hostile.publish(world)
    world.open_days(town.CITY, "2026-06-29", town.CUT_OFF, town.TODAY)
    for name, (role, organisations) in town.ROLES.items():
        world.hire(name, role, organisations, town.CITY)
    world.open_campaign(town.CITY, town.CAMPAIGN, "2026年1-6月绩效运行监控", town.CUT_OFF)
    _two_units(world)
    return world


def _two_units(world: World) -> None:
    """Let the two units exist that must not see each other; one's payments are told apart."""
    units = world.units
    identity._populate(units)
    world.publish(identity._paid("their-secret", identity.THEIRS, "7731000.00"))
    for name, role, city, organisations in _people():
        units.create(name, role, jurisdictions=[city], organisations=organisations)
        for service in identity.SERVICES:
            identity._wait_until_known(units, name, service)
        world.let_in(name, units.keys[name])
    units.theirs = identity._examples(units)


def _people() -> list[tuple[str, str, str, list[str]]]:
    """List principal, role, city, organisations."""
    return [
        ("unit-a", "unit_filler", identity.CITY, ["A"]),
        ("unit-b", "unit_filler", identity.CITY, ["B"]),
        ("department-1", "department_reviewer", identity.CITY, ["D1"]),
        ("bureau", "performance_division", identity.CITY, []),
        ("elsewhere", "auditor", identity.OTHER, []),
        ("finance-a", "publisher", identity.CITY, ["A"]),
        ("finance-b", "publisher", identity.CITY, ["B"]),
    ]
