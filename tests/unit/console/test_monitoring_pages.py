"""Levels, ranking, completeness, years and sums from services that answer as they should."""

import hashlib
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.console.domain.proving import check, signed_text
from services.console.pages.monitoring.proofs import verifier
from tests.support.html import Page
from tests.unit.console.fake_services import (
    HOSTILE,
    ME,
    OVERVIEW,
    PROJECT_ROW,
    FakeServices,
    console,
)

PROJECT = "城/P/1"
PAGE = "/projects/%E5%9F%8E%2FP%2F1"
GENESIS = "0" * 64


def asked(fake: FakeServices, path: str) -> list[dict[str, str]]:
    """Give the parameters of every question at a path."""
    return [
        dict(request.url.params)
        for request in fake.requests
        if f"{request.url.host}{request.url.path}" == path
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/departments/D1",
        "/units/U1?jurisdiction=城",
        "/ranking?level=project",
        "/completeness",
        "/years",
        "/why/spent?unit=U1",
        "/why/spent?language=en",
        "/departments/D1?language=en",
        "/ranking?language=en",
        "/completeness?language=en&department=D1",
    ],
)
async def test_hostile_names_stay_text(path: str) -> None:
    """What a ledger says never becomes markup, script or template."""
    async with console(FakeServices()) as browser:
        answer = await browser.get(path)
    page = Page(answer.text)

    assert 200 == answer.status_code
    assert "<script>alert" not in answer.text
    assert HOSTILE in page.words()
    assert [] == page.select("//script[not(@src) and @type != 'application/json']")
    assert [] == page.select("//@style | //@onclick | //style")


async def test_a_project_leads_to_those_that_go_on_with_its_work() -> None:
    """Names of the ledger, as they are written in an address."""
    async with console(FakeServices()) as browser:
        answer = await browser.get(PAGE)
    page = Page(answer.text)

    assert ["城/P/2"] == page.select("//a[@href='/projects/%E5%9F%8E%2FP%2F2']/text()")
    assert "<script>alert" not in answer.text


async def test_a_full_year_says_from_which_entry_on_its_figures_lack_something() -> None:
    """And what to do about it."""
    fake = FakeServices()
    left_out = {"from_sequence": 7001, "entries": 12}
    found = {**PROJECT_ROW, "incomplete": True, "left_out": left_out}
    fake.answers["analysis/v1/projects/城/P/1"] = found
    async with console(fake) as browser:
        words = Page((await browser.get(PAGE)).text).words()

    assert "自该项目第 7,001 笔分录起，有 12 笔未计入" in words


@pytest.mark.parametrize(("kind", "path"), [("department", "/departments/"), ("unit", "/units/")])
async def test_a_level_asks_all_by_itself(kind: str, path: str) -> None:
    """Totals, table and alerts; what the address chooses comes on top."""
    fake = FakeServices()
    async with console(fake) as browser:
        answer = await browser.get(f"{path}D1?light=red&department=other")

    assert 200 == answer.status_code
    for question in ("analysis/v1/overview", "analysis/v1/projects", "alerts/v1/alerts"):
        assert ["D1"] == [each[kind] for each in asked(fake, question)]
    assert ["red"] == [each["light"] for each in asked(fake, "analysis/v1/projects")]


async def test_an_organisation_that_nobody_knows_is_no_page() -> None:
    """No project names it and no tree holds it."""
    fake = FakeServices()
    fake.answers["analysis/v1/overview"] = {**OVERVIEW, "projects": 0, "way": []}
    async with console(fake) as browser:
        answer = await browser.get("/departments/XX")

    assert 404 == answer.status_code


async def test_the_day_is_chosen_among_those_that_were_opened() -> None:
    """As a form with a list and two links, without any script."""
    fake = FakeServices()
    fake.answers["analysis/v1/overview"] = {**OVERVIEW, "as_of": "2026-06-29"}
    async with console(fake) as browser:
        page = Page((await browser.get("/departments/D1?as_of=2026-06-29&by=unit")).text)

    form = "//form[contains(@class, 'as-of')]"
    days = ["2026-06-30", "2026-06-29", "2026-06-28"]
    assert days == [option.text for option in page.select(f"{form}//option")]
    assert ["unit"] == page.select(f"{form}//input[@name='by']/@value")
    for rel, day in (("prev", "2026-06-28"), ("next", "2026-06-30")):
        [link] = page.select(f"{form}//a[@rel='{rel}']/@href")
        assert f"as_of={day}" in link
        assert "by=unit" in link


async def test_a_day_that_was_not_opened_stands_where_it_belongs() -> None:
    """The slider goes by the list's order, from left to right as time does."""
    fake = FakeServices()
    fake.answers["analysis/v1/overview"] = {**OVERVIEW, "as_of": "2026-06-29"}
    opened = {"today": "2026-06-30", "items": ["2026-06-28", "2026-06-30"], "left": 0}
    fake.answers["analysis/v1/days"] = opened
    async with console(fake) as browser:
        page = Page((await browser.get("/departments/D1?as_of=2026-06-29")).text)

    options = "//form[contains(@class, 'as-of')]//option"
    assert ["2026-06-30", "2026-06-29", "2026-06-28"] == [one.text for one in page.select(options)]
    assert ["2026-06-29"] == [one.text for one in page.select(f"{options}[@selected]")]


async def test_many_projects_are_drawn_as_cells() -> None:
    """And all of them are counted."""
    fake = FakeServices()
    cell = {"light": None, "execution_rate_bp": 500, "attainment_rate_bp": 9500, "projects": 900}
    fake.answers["analysis/v1/overview"] = {**OVERVIEW, "points": [], "cells": [cell]}
    async with console(fake) as browser:
        page = Page((await browser.get("/")).text)

    [data] = page.select("//script[@id='quadrant-data']/text()")
    chart = json.loads(data)
    assert (True, 900) == (chart["cells"], chart["counted"])
    assert [[5, 95, 900]] == chart["series"][0]["points"]


async def test_the_quarantine_is_counted_for_whoever_may_know() -> None:
    """Others are not even told that there is one."""
    fake = FakeServices()
    counts = {"items": [{"reason": "invalid", "entries": 3}], "total": 3}
    fake.answers["intake/v1/quarantine/counts"] = counts
    batches = {"items": [{"kind": "virement", "batches": 2}], "total": 2}
    fake.answers["intake/v1/adjustment-batches/counts"] = batches
    async with console(fake) as browser:
        page = Page((await browser.get("/completeness")).text)
    assert "隔离区" not in page.words("//main")
    assert "不平批次" not in page.words("//main")

    fake.answers["intake/v1/me"] = {**ME, "permissions": ["read", "quarantine"]}
    async with console(fake) as browser:
        page = Page((await browser.get("/completeness")).text)
    assert "待处理 3 条" in page.words("//main")
    assert "不平批次 2 个" in page.words("//main")
    silent = page.select("//section[@aria-labelledby='publishers-title']//em/text()")
    assert ["20"] == silent
    vouchers = page.select("//section[@aria-labelledby='publishers-title']//tbody/tr/td[2]/text()")
    assert ["–", "2026-06-26"] == vouchers


@pytest.mark.parametrize("query", ["", "?fiscal_year=2025"])
async def test_batches_are_counted_of_the_year_that_their_list_has(query: str) -> None:
    """The number and the list that it leads to are of the same; refused events have no year."""
    fake = FakeServices()
    fake.answers["intake/v1/quarantine/counts"] = {"items": [], "total": 0}
    fake.answers["intake/v1/adjustment-batches/counts"] = {"items": [], "total": 0}
    fake.answers["intake/v1/me"] = {**ME, "permissions": ["read", "quarantine"]}
    async with console(fake) as browser:
        page = Page((await browser.get(f"/completeness{query}")).text)
    asked = [r.url for r in fake.requests if r.url.path.endswith("/counts")]
    (batches,) = (url.params for url in asked if "adjustment" in url.path)
    (quarantine,) = (url.params for url in asked if "quarantine" in url.path)

    assert [f"/data/batches{query}"] == [
        link for link in page.select("//main//a/@href") if link.startswith("/data/batches")
    ]
    assert batches.get("fiscal_year") == (query.partition("=")[2] or None)
    assert "fiscal_year" not in quarantine


async def test_the_latest_campaign_says_how_complete_its_forms_are() -> None:
    """With a link to it; what is only planned says nothing yet."""
    fake = FakeServices()
    opened = {"key": "城/年中", "name": HOSTILE, "state": "open"}
    fake.answers["reporting/v1/campaigns"] = {"items": [{**opened, "state": "planned"}, opened]}
    fake.answers["reporting/v1/campaigns/城/年中/completeness"] = {
        "campaign": "城/年中",
        "frozen": 3,
        "forms": 7,
        "disputed": 1,
        "undistributed": "10000.00",
        "days_to_issue": 20,
    }
    async with console(fake) as browser:
        page = Page((await browser.get("/completeness")).text)

    assert "监控表 7 份，其中定稿 3 份" in page.words("//main")
    [link] = page.select("//main//a[starts-with(@href, '/campaigns/')]/@href")
    assert "/campaigns/%E5%9F%8E%2F%E5%B9%B4%E4%B8%AD" == link.partition("?")[0]


async def test_last_year_is_asked_as_of_the_same_day() -> None:
    """Both years stand beside each other with what has changed."""
    fake = FakeServices()
    async with console(fake) as browser:
        page = Page((await browser.get("/years?department=D1")).text)

    years = [(each.get("fiscal_year"), each.get("as_of")) for each in asked(fake, OVERVIEW_PATH)]
    assert [(None, None), ("2025", "2025-06-30")] == years
    assert "0.00 个百分点" in page.words("//table")


OVERVIEW_PATH = "analysis/v1/overview"


class Ledger:
    """A ledger of one stream with a signed checkpoint, as intake would tell of it."""

    def __init__(self, entries: int = 3) -> None:
        """Link the entries, and sign a tree of two leaves."""
        self.key = Ed25519PrivateKey.generate()
        self.links: list[dict[str, Any]] = []
        self.hashes = [GENESIS]
        for number in range(1, entries + 1):
            event = f'{{"data":{{"date":"2026-06-30","amount":"{number}.00"}},"id":"ü{number}"}}'
            self._add(number, event)
        text = f"stream 1 {entries} {self.hashes[-1]} {PROJECT}"
        leaf = hashlib.sha256(b"\0" + text.encode()).digest()
        self.beside = hashlib.sha256(b"another leaf").digest()
        root = hashlib.sha256(b"\1" + self.beside + leaf).hexdigest()
        self.checkpoint: dict[str, Any] = {
            "number": 4,
            "previous": GENESIS,
            "made": "2026-06-30T16:00:00Z",
            "positions": "9-9",
            "leaves": 2,
            "root": root,
            "key": "k",
        }
        self.checkpoint["signature"] = self.key.sign(signed_text(self.checkpoint).encode()).hex()

    def _add(self, number: int, event: str) -> None:
        link = {
            "position": number * 10,
            "recorded_ms": 1_782_835_200_123 + number,
            "type": "dualwatch.expenditure.recorded.v1",
            "publisher": "p",
            "event": event,
        }
        noted = f"{link['position']} {link['recorded_ms']} {link['type']} p\n"
        content = bytes.fromhex(self.hashes[-1]) + noted.encode() + event.encode()
        self.links.append(link)
        self.hashes.append(hashlib.sha256(content).hexdigest())

    @property
    def pem(self) -> str:
        """The public key."""
        key = self.key.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def proof(self, sequence: int) -> dict[str, Any]:
        """Tell the proof of an entry."""
        return {
            "stream": PROJECT,
            "partition": 1,
            "sequence": sequence,
            "previous": self.hashes[sequence - 1],
            "links": self.links[sequence - 1 :],
            "leaf": 1,
            "path": [self.beside.hex()],
            "checkpoint": self.checkpoint,
        }

    def listed(self, request: httpx.Request) -> httpx.Response:
        """Tell entries."""
        after = int(request.url.params["after"])
        items = []
        for number, link in enumerate(self.links[after:], after + 1):
            moment = f"2026-06-30T16:00:00.{(123 + number):03d}Z"
            told = {"sequence": number, "recorded": moment, "hash": self.hashes[number]}
            told |= {name: link[name] for name in ("position", "type", "publisher")}
            items.append(f'{json.dumps(told)[:-1]},"event":{link["event"]}}}')
        return httpx.Response(200, content=f'{{"items":[{",".join(items)}],"next":null}}')

    def tell(self, fake: FakeServices, sequence: int) -> None:
        """Let the services say so."""
        fake.answers |= {
            f"intake/v1/ledger/{PROJECT}": self.listed,
            f"intake/v1/proofs/{PROJECT}/{sequence}": self.proof(sequence),
            "intake/v1/checkpoints/key": {"key": "k", "public_key": self.pem},
        }


@pytest.mark.parametrize("sequence", [1, 2, 3])
async def test_an_entry_is_proved_from_its_bytes(sequence: int) -> None:
    """Each step is computed here, and ends at what was signed."""
    fake, ledger = FakeServices(), Ledger()
    ledger.tell(fake, sequence)
    async with console(fake) as browser:
        page = Page((await browser.get(f"{PAGE}/entries/{sequence}/proof")).text)

    assert "已证明" in page.words("//div[@role='status']")
    assert "2026-07-01 00:00:00 签署" in page.words("//div[@role='status']")
    assert HOSTILE in page.words("//nav[@class='crumbs']")
    words = page.words("//ol[@class='steps']")
    for seen in (ledger.hashes[sequence], ledger.hashes[3], ledger.checkpoint["root"]):
        assert seen in words
    assert 3 == words.count("✓ 一致")


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof["links"][0].update(event='{"data":{"amount":"9.00"}}'),
        lambda proof: proof["links"][1].update(position=1),
        lambda proof: proof.update(path=[GENESIS]),
        lambda proof: proof.update(path=[]),
        lambda proof: proof.update(leaf=0),
        lambda proof: proof["checkpoint"].update(root=GENESIS),
        lambda proof: proof["checkpoint"].update(made="2026-07-01T00:00:00Z"),
        lambda proof: proof["checkpoint"].update(signature="zz"),
    ],
    ids=["event", "link", "path", "no path", "leaf", "root", "moment", "signature"],
)
def test_whatever_is_changed_the_proof_does_not_hold(change: Any) -> None:
    """In the entry, behind it, on the way up, or in what was signed."""
    ledger = Ledger()
    proof = json.loads(json.dumps(ledger.proof(2)))
    verify = verifier(ledger.pem)
    raw = ledger.links[1]["event"].encode()
    assert check(proof, raw, ledger.hashes[2], verify).proved

    change(proof)
    raw = proof["links"][0]["event"].encode()
    assert not check(proof, raw, ledger.hashes[2], verify).proved


async def test_an_entry_that_is_not_sealed_yet_says_so() -> None:
    """Its link to the entry before is checked all the same."""
    fake, ledger = FakeServices(), Ledger()
    ledger.tell(fake, 3)
    problem = {"code": "not_in_checkpoint", "detail": "none yet"}
    fake.answers[f"intake/v1/proofs/{PROJECT}/3"] = httpx.Response(409, json=problem)
    async with console(fake) as browser:
        page = Page((await browser.get(f"{PAGE}/entries/3/proof")).text)

    assert "尚未封存" in page.words("//div[@role='status']")
    assert "✓ 一致" in page.words("//ol[@class='steps']")
