"""Templates over HTTP: each with what its check finds, and as a file."""

from pathlib import Path

import httpx
from fastapi import FastAPI

from services.chassis.problems import install
from services.reporting.api import templates
from services.reporting.outputs.form_template import shipped


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
