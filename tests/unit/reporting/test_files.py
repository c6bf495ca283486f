"""A paper as a file: what cannot be made is told, with what to do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.chassis.problems import ProblemError
from services.reporting.api.files import Files
from services.reporting.assembly.rendering import Renderer
from services.reporting.outputs import report_pdf, report_styles
from services.reporting.outputs.rendering import FileFormat
from services.reporting.outputs.typesetting import TypesettingError
from tests.unit.reporting import filings

STORES: Any = None
NO_ARCHIVE = b"no zip"
CUT_SHORT = b"PK\x03\x04" + bytes(64)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of styles; afterwards there is none."""
    report_styles.look_in(tmp_path)
    yield tmp_path
    report_styles.look_in(None)


async def test_a_pdf_that_cannot_be_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is said as such, with what can be had meanwhile; typst's words with it."""

    def faulty(*_: object, **__: object) -> bytes:
        said = "unknown variable: total"
        raise TypesettingError(said)

    monkeypatch.setattr(report_pdf, "typeset", faulty)
    files = Files(STORES, STORES, Renderer())
    with pytest.raises(ProblemError) as refused:
        await files.answer(filings.report_of(), FileFormat.PDF, None)

    problem = refused.value.problem
    assert (problem.status, problem.code) == (500, "pdf_not_set")
    assert "unknown variable: total" in str(problem.detail)
    assert "Excel" in str(problem.hint_zh)


@pytest.mark.parametrize("content", [NO_ARCHIVE, CUT_SHORT])
async def test_a_word_template_at_fault_is_told(folder: Path, content: bytes) -> None:
    """It was an error of the server; the other formats are made all the same."""
    (folder / "report-default.docx").write_bytes(content)
    report = replace(filings.report_of(), template=report_styles.current().outline.id)
    files = Files(STORES, STORES, Renderer())
    with pytest.raises(ProblemError) as refused:
        await files.answer(report, FileFormat.DOCX, None)
    sheet = await files.answer(report, FileFormat.XLSX, None)

    problem = refused.value.problem
    assert (problem.status, problem.code) == (409, "template_faulty")
    assert "PDF" in str(problem.hint)
    assert "PDF" in str(problem.hint_zh)
    assert sheet.status_code == 200
