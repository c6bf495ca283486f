"""A department's administrator at the console: publishers and keys of its subtree, no others."""

import json
from typing import Any, Final

import httpx
import pytest

from services.console.domain.people import Person
from tests.support.html import Page
from tests.unit.console.fake_desk import SECRET, desk
from tests.unit.console.fake_services import FakeServices, console

ADMIN: Final[dict[str, Any]] = {
    "id": "d1-admin",
    "roles": ["operator"],
    "permissions": ["position", "days", "keys", "audit"],
    "jurisdictions": ["城"],
    "organisations": ["D1", "D2"],
}
FORM: Final = {"id": "new", "jurisdictions": "城"}


def of_a_department(**changes: Any) -> FakeServices:
    """Services that answer the administrator of two departments."""
    fake = desk("keys")
    fake.answers["intake/v1/me"] = {**ADMIN, **changes}
    given = {
        "principal": fake.answers["intake/v1/principals/treasury"],
        "key_id": "3" * 16,
        "key": SECRET,
        "spread": True,
    }
    fake.answers["intake/v1/principals"] = lambda request: httpx.Response(
        200, json=given if request.method == "POST" else {"items": [], "next": None}
    )
    return fake


async def posted(fake: FakeServices, path: str, data: dict[str, Any]) -> dict[str, Any]:
    """Send a form, and give what intake was asked for."""
    async with console(fake) as browser:
        await browser.post(path, data=data)
    (sent,) = [one for one in fake.requests if one.method == "POST"]
    return dict(json.loads(sent.content))


async def test_the_form_offers_the_own_subtrees() -> None:
    """By name; who manages a whole jurisdiction types codes as before."""
    async with console(of_a_department()) as browser:
        page = Page((await browser.get("/data/publishers")).text)
    async with console(of_a_department(organisations=[])) as browser:
        whole = Page((await browser.get("/data/publishers")).text)

    assert page.select("//input[@name='subtrees']/@value") == ["D1", "D2"]
    assert "及其下级单位" in page.words("//main")
    assert page.select("//*[@id='heard-title']") == []
    assert whole.select("//*[@id='heard-title']")
    assert whole.select("//input[@name='subtrees']") == []
    assert whole.select("//input[@name='organisations']")


@pytest.mark.parametrize(
    ("typed", "organisations"),
    [
        ({}, ["D1", "D2"]),
        ({"subtrees": "D2"}, ["D2"]),
        ({"subtrees": "D2", "organisations": "U1，D2"}, ["D2", "U1"]),
        ({"organisations": "D9"}, ["D9"]),
    ],
)
async def test_a_key_is_given_within_the_own_subtrees(
    typed: dict[str, str], organisations: list[str]
) -> None:
    """Nothing chosen is all of them; what lies beyond goes on to intake, which refuses it."""
    wanted = await posted(of_a_department(), "/data/publishers", {**FORM, **typed})

    assert (wanted["jurisdictions"], wanted["organisations"]) == (["城"], organisations)


async def test_people_are_registered_within_the_own_subtrees_too() -> None:
    """And their bounds are changed within them."""
    form = {"id": "li", "name": "李", "roles": "unit_filler", "bounds": "some"}
    wanted = await posted(of_a_department(), "/administration/people", form)

    assert (wanted["jurisdictions"], wanted["organisations"]) == (["城"], ["D1", "D2"])


def test_who_asks_for_everything_is_not_given_less_unsaid() -> None:
    """Intake refuses it with the reason; and who is bound to nothing may leave everything out."""
    everything: dict[str, Any] = {"jurisdictions": None, "organisations": []}
    narrow = Person("a", jurisdictions=frozenset({"城"}), organisations=("D1",))

    assert narrow.own_bounds(everything) == everything
    assert Person("b", jurisdictions=None).own_bounds(everything) == everything
