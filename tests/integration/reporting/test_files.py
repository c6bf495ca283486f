"""Papers as files on the whole stack: the same bytes, checked, filled in by Excel, bundled."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import openpyxl
import pytest

from contracts.codec import encode
from deploy.local.stack import Stack
from tests.integration.reporting.cities import Desk, address, one_department
from tests.support import builders
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

CITY: Final = "C614"
FORM: Final = f"{CITY}/mid/form/P1"
CAMPAIGN: Final = f"/v1/campaigns/{quote(f'{CITY}/mid', safe='')}"
THEIRS: Final = f"{CITY}/P3"


@pytest.fixture(scope="module")
def city(whole_stack: Stack) -> Iterator[Desk]:
    """Its campaign is open; nobody has filled anything in yet."""
    with one_department(whole_stack, CITY) as made:
        yield made


def file_of(city: Desk, who: str, paper: str = FORM, **asked: Any) -> bytes:
    """Fetch a paper's file."""
    answer = city.ask(who, f"{address(paper)}/file", params={"format": "xlsx", **asked})
    assert answer.status_code == 200, answer.text
    return answer.content


def checked(city: Desk, who: str, content: bytes) -> dict[str, Any]:
    """Have a file checked."""
    answer = city.ask(who, "/v1/verify", "POST", content=content)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def typed(content: bytes, cells: dict[tuple[str, str], Any]) -> bytes:
    """Write into cells, found by the text their row begins with and their column."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[1]
    rows = {str(row[0].value).strip(): row[0].row for row in sheet.iter_rows()}
    for (label, column), value in cells.items():
        sheet[f"{column}{rows[label]}"] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_unit_fills_its_forms_in_by_excel(city: Desk) -> None:
    """Down, filled, up: each cell at fault is told, or everything is saved."""
    given = city.ask("filler", f"{CAMPAIGN}/workbook", params={"unit": "A"})
    assert given.status_code == 200, given.text
    wrong = typed(given.content, {("预计结转", "F"): "viel", ("年度资金总额", "D"): 7})
    refused = city.ask("filler", f"{CAMPAIGN}/workbook", "POST", content=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "cells_at_fault")
    codes = {cell["code"] for cell in refused.json()["cells"]}
    assert codes == {"no_amount", "read_only_cell"}
    assert city.paper("filler")["draft"] == {}

    good = typed(given.content, {("预计结转", "F"): 0.0012, ("填报人:", "C"): "张三"})
    key = {"idempotency-key": "wb-1"}
    taken = city.ask("filler", f"{CAMPAIGN}/workbook", "POST", content=good, headers=key)
    assert taken.status_code == 200, taken.text
    assert taken.json() == {"papers": [FORM], "fields": 2}
    again = city.ask("filler", f"{CAMPAIGN}/workbook", "POST", content=good, headers=key)
    assert again.json() == taken.json()
    draft = city.paper("filler")["draft"]
    assert draft["/carryover"]["value"] == "12.00"
    assert draft["/contact/filled_by"]["value"] == "张三"
    stale = city.ask("filler", f"{CAMPAIGN}/workbook", "POST", content=good)
    assert {cell["code"] for cell in stale.json()["cells"]} == {"stale_field"}
    others = city.ask("other-unit", f"{CAMPAIGN}/workbook", "POST", content=good)
    assert {cell["code"] for cell in others.json()["cells"]} == {"unknown_paper"}
    assert city.ask("other-unit", f"{CAMPAIGN}/workbook", params={"unit": "A"}).status_code == 404


def test_an_edition_is_always_the_same_file_and_known_again(city: Desk) -> None:
    """Made again byte for byte; an altered one is told from it, cell by cell."""
    draft = file_of(city, "filler")
    assert checked(city, "filler", draft)["verdict"] == "unknown"
    city.fill("filler")
    city.done("filler", "submit")
    one = file_of(city, "filler", edition=1)

    assert one == file_of(city, "bureau", edition=1) == file_of(city, "bureau")
    genuine = checked(city, "bureau", one)
    assert (genuine["verdict"], genuine["provenance"]["edition"]) == ("genuine", 1)
    assert genuine["provenance"]["cut"]
    pdf = file_of(city, "filler", edition=1, format="pdf", layout="national")
    assert pdf.startswith(b"%PDF")
    assert checked(city, "filler", pdf)["verdict"] == "genuine"
    assert checked(city, "filler", pdf.replace(b"%%EOF", b"%%EOf"))["verdict"] == "altered"
    book = openpyxl.load_workbook(io.BytesIO(one))
    book.worksheets[0]["D6"] = 1
    target = io.BytesIO()
    book.save(target)
    altered = checked(city, "bureau", target.getvalue())
    assert altered["verdict"] == "altered"
    assert [each["found"] for each in altered["differences"]] == ["1"]
    assert checked(city, "other-unit", one)["verdict"] == "unknown"
    assert checked(city, "bureau", b"anything")["verdict"] == "unknown"
    word = file_of(city, "bureau", format="docx")
    assert checked(city, "bureau", word)["verdict"] == "genuine"
    missing = city.ask("bureau", f"{address(FORM)}/file", params={"format": "pdf", "edition": 9})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_edition")


def test_a_form_of_no_campaign_is_made_again_at_its_cut(city: Desk) -> None:
    """With `at` the bytes are the same, whatever the ledger learnt meanwhile."""
    path = f"/v1/forms/{quote(THEIRS, safe='')}"
    asked = {"as_of": "2026-06-30"}
    cut = city.ask("bureau", path, params=asked).json()["cut"]
    before = city.ask("bureau", path, params={**asked, "format": "xlsx", "at": cut}).content
    more = builders.expenditure(THEIRS, "5.00", "2026-06-01", event_id="later")
    kind = {"content-type": "application/cloudevents+json", "prefer": "wait=20"}
    city.ask("deployment", "/v1/events", "POST", "intake", content=encode(more), headers=kind)
    eventually(lambda: city.ask("bureau", path, params=asked).json()["cut"] != cut)

    again = {**asked, "format": "xlsx", "at": cut}
    assert city.ask("bureau", path, params=again).content == before
    now = city.ask("bureau", path, params={**asked, "format": "xlsx"}).content
    assert now != before
    assert checked(city, "bureau", before)["verdict"] == "genuine"
    assert checked(city, "filler", before)["verdict"] == "unknown"


def test_many_papers_are_bundled_and_fetched_with_resume(city: Desk) -> None:
    """A job with progress; a range goes on where it broke off; nobody else gets it."""
    key = {"idempotency-key": "bundle-1"}
    asked = {"format": "xlsx"}
    begun = city.ask("bureau", f"{CAMPAIGN}/downloads", "POST", json=asked, headers=key)
    assert begun.status_code == 202, begun.text
    again = city.ask("bureau", f"{CAMPAIGN}/downloads", "POST", json=asked, headers=key)
    path = f"/v1/downloads/{begun.json()['download_id']}"
    assert again.json()["download_id"] == begun.json()["download_id"]

    def ready() -> dict[str, Any] | None:
        found = city.ask("bureau", path).json()
        return found if found["state"] == "ready" else None

    eventually(lambda: ready() is not None)
    whole = city.ask("bureau", f"{path}/file")
    found = city.ask("bureau", path).json()
    assert (found["done"], found["total"], found["bytes"]) == (3, 3, len(whole.content))
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        first = archive.read(names[0])
    assert [name.split("/")[0] for name in names] == ["D1"] * 3
    assert first == file_of(city, "bureau", edition=1)
    rest = city.ask("bureau", f"{path}/file", headers={"range": "bytes=1000-"})
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    assert rest.headers["content-range"] == f"bytes 1000-{found['bytes'] - 1}/{found['bytes']}"
    beyond = city.ask("bureau", f"{path}/file", headers={"range": f"bytes={found['bytes']}-"})
    assert beyond.status_code == 416
    assert city.ask("bureau-2", path).status_code == 404
    assert city.ask("bureau-2", f"{path}/file").status_code == 404
    narrow = city.ask("filler", f"{CAMPAIGN}/downloads", "POST", json=asked)
    assert narrow.json()["total"] == 2
