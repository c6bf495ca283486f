"""Templates over HTTP: each with what its check finds, and as a file."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.chassis.problems import ProblemError, install
from services.reporting.api import templates
from services.reporting.api.campaigns import check_template
from services.reporting.domain.form import FORM_TEMPLATE
from services.reporting.outputs import form_template
from services.reporting.outputs.form_template import current, shipped
from tests.unit.reporting.filings import CAMPAIGN

OURS = dict(shipped())["annex1-city-2.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that forms look into, empty yet; afterwards there is none."""
    form_template.look_in(tmp_path)
    yield tmp_path
    form_template.look_in(None)


def client(folder: Path | None) -> httpx.AsyncClient:
    """Ask for templates."""
    app = FastAPI()
    install(app)
    app.include_router(templates.routes(folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://r")


async def test_what_comes_along_is_whole() -> None:
    """Words of the form, outline and Word template of the report."""
    async with client(None) as ask:
        told = (await ask.get("/v1/templates")).json()
        file = await ask.get("/v1/templates/annex1-city-1.yaml")
        none = await ask.get("/v1/templates/..%2Fsecret.yaml")

    assert 0 == told["faults"]
    assert {"form", "report", "word"} == {one["kind"] for one in told["items"]}
    assert all(one["shipped"] for one in told["items"])
    form = next(one for one in told["items"] if one["kind"] == "form")
    assert form["title"]
    assert form["headings"]
    assert dict(shipped())["annex1-city-1.yaml"] == file.content
    assert 404 == none.status_code


async def test_a_faulty_template_of_ones_own_is_told_with_its_faults(tmp_path: Path) -> None:
    """Whatever is wrong with it; the others are told all the same."""
    (tmp_path / "annex1-own.yaml").write_text("id: own\n", "utf-8")
    (tmp_path / "report-own.docx").write_bytes(b"no zip")
    async with client(tmp_path) as ask:
        told = (await ask.get("/v1/templates")).json()

    own = {one["file"]: one for one in told["items"] if not one["shipped"]}
    assert {"annex1-own.yaml", "report-own.docx"} == set(own)
    assert all(one["faults"] for one in own.values())
    assert sum(len(one["faults"]) for one in own.values()) == told["faults"]


def served(name: str) -> bool:
    """Whether a campaign may take a template."""
    try:
        check_template(replace(CAMPAIGN, template=name))
    except ProblemError:
        return False
    return True


async def test_what_is_offered_is_what_a_campaign_may_take(folder: Path) -> None:
    """Put into the folder, changed, taken away while a process runs: at once, for both alike."""
    own = folder / "annex1-default.yaml"
    seen: list[str] = []

    async with client(folder) as ask:
        for content in (None, OURS.replace(b"city-2", b"own"), OURS.replace(b"city-2", b"again")):
            if content is not None:
                own.write_bytes(content)
            found = (await ask.get("/v1/templates")).json()["items"]
            offered = {one["id"] for one in found if one["kind"] == "form"}
            seen += sorted({current("610100").id, *offered} - set(seen))

            assert {name for name in seen if served(name)} == offered
            assert current("610100").id in offered
        own.unlink()

        assert [name for name in seen if not served(name)] == [name for name in seen if "+" in name]
        assert 2 == len([name for name in seen if "+" in name])
    assert FORM_TEMPLATE == current("610100").id
