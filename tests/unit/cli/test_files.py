"""`dualwatch files`: presets, templates and mappings, without a running stack."""

import json
from pathlib import Path

import openpyxl
import pytest

from services.cli.errors import ExitCode
from services.intake.files.mapping_files import load_mapping
from services.intake.files.presets import preset_names
from tests.unit.cli.fake_services import FakeServices, Outcome, run


def files(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    return run(FakeServices(), capsys, "files", *arguments)


def test_presets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """By name, with the Chinese title."""
    found = json.loads(files(capsys, "presets", "--json").out)

    assert list(preset_names()) == [one["preset"] for one in found]
    assert all(one["title_zh"] for one in found)


def test_a_template_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A workbook that opens."""
    target = tmp_path / "模板.xlsx"
    outcome = files(capsys, "template", "payment-vouchers", "-o", str(target))

    assert str(target) in outcome.err
    assert "支付凭证" in openpyxl.load_workbook(target).sheetnames


def test_a_mapping_is_written_out_and_can_be_read_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So that somebody can begin with it."""
    outcome = files(capsys, "mapping", "allotments")

    assert "allotments" == load_mapping(outcome.out.encode(), "own.yaml").mapping


def test_an_unknown_preset_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The message lists those there are."""
    outcome = files(capsys, "template", "vouchers")

    assert ExitCode.USAGE == outcome.exit_code
    assert "payment-vouchers" in outcome.err
