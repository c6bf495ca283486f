"""Styles of reports: a bureau's own outline and Word template, found again by their id."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.reporting.outputs import report_styles
from services.reporting.outputs.form_template import TemplateError, UnknownTemplateError
from services.reporting.outputs.report_template import default_template

OUTLINE = """
id: xian-2027
title: 绩效监控报告
sections:
  - {key: organisation, title: 一、工作开展, shows: [filing]}
  - {key: experience, title: 二、经验做法}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of styles; afterwards there is none."""
    yield tmp_path
    report_styles.look_in(None)


def test_without_a_folder_there_is_ours() -> None:
    """New reports take it, and it is found by its id."""
    assert report_styles.OURS == report_styles.current()
    assert report_styles.OURS == report_styles.style_of("annex2-city-1")


def test_a_bureaus_own_style_is_taken_and_found_again(folder: Path) -> None:
    """Outline and Word template of one name are one style; its id holds what is in them."""
    (folder / "report-default.yaml").write_text(OUTLINE, encoding="utf-8")
    (folder / "report-default.docx").write_bytes(default_template())
    report_styles.look_in(folder)
    style = report_styles.current()

    assert style.outline.id.startswith("xian-2027+")
    assert default_template() == style.word
    assert style == report_styles.style_of(style.outline.id)
    assert ["organisation", "experience"] == [s.key for s in style.outline.sections]


def test_a_style_that_is_not_kept_is_not_replaced_by_another(folder: Path) -> None:
    """A frozen report is printed as it was, or not at all."""
    report_styles.look_in(folder)

    with pytest.raises(UnknownTemplateError):
        report_styles.style_of("xian-2027+00000000")


def test_an_outline_at_fault_is_not_used(folder: Path) -> None:
    """It ends the start, with every fault."""
    (folder / "report-x.yaml").write_text("id: x\ntitle: t\nsections: []", encoding="utf-8")

    with pytest.raises(TemplateError):
        report_styles.look_in(folder)


def test_a_style_counts_as_its_files_are_when_it_is_asked_for(folder: Path) -> None:
    """Put there while a process runs it is taken; spoilt, left as it was; gone, it is gone."""
    report_styles.look_in(folder)
    assert report_styles.OURS == report_styles.current()
    (folder / "report-default.yaml").write_text(OUTLINE, encoding="utf-8")
    whole = report_styles.current()
    (folder / "report-default.yaml").write_text("id: x", encoding="utf-8")

    assert whole.outline.id.startswith("xian-2027+")
    assert whole == report_styles.current() == report_styles.style_of(whole.outline.id)
    (folder / "report-default.yaml").unlink()
    assert report_styles.OURS == report_styles.current()
    with pytest.raises(UnknownTemplateError):
        report_styles.style_of(whole.outline.id)


@pytest.mark.parametrize("spoilt", [b"no zip", b"PK\x03\x04" + bytes(64)])
def test_a_word_template_spoilt_while_a_process_runs_is_left_as_it_was(
    folder: Path, spoilt: bytes
) -> None:
    """Half of it is there while it is copied: a report frozen then could never be made again."""
    (folder / "report-default.yaml").write_text(OUTLINE, encoding="utf-8")
    (folder / "report-default.docx").write_bytes(default_template())
    report_styles.look_in(folder)
    whole = report_styles.current()
    (folder / "report-default.docx").write_bytes(spoilt)

    assert whole == report_styles.current() == report_styles.style_of(whole.outline.id)


def test_a_style_that_cannot_be_read_is_left_as_it_was(folder: Path) -> None:
    """Reports go on as they were; it ends a start."""
    (folder / "report-default.yaml").write_text(OUTLINE, encoding="utf-8")
    report_styles.look_in(folder)
    whole = report_styles.current()
    (folder / "report-default.docx").symlink_to("/proc/self/mem")

    assert whole == report_styles.current() == report_styles.style_of(whole.outline.id)
    with pytest.raises(TemplateError, match=r"report-default\.docx: cannot be read"):
        report_styles.look_in(folder)
