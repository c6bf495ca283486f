"""Messy exports of a finance office end as figures to the fen, once, whatever is sent again."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from contracts.codec import encode
from deploy.local.stack import Stack
from tests.support import builders
from tests.support.command import command
from tests.support.stack import free_ports_from
from tests.unit.intake_files.table_files import COLUMNS, MAPPING, csv_bytes, row

pytestmark = pytest.mark.integration

CITY = "J741"
COUNTS = ("sent", "accepted", "duplicate", "quarantined", "rejected", "passed")


@dataclass(frozen=True)
class Desk:
    """Someone at a finance office with a folder of files and a running stack."""

    stack: Stack
    folder: Path

    def run(self, *arguments: str, exit_code: int = 0) -> Any:
        """Run the command and return what it printed as JSON."""
        return command(self.stack, *arguments, exit_code=exit_code)

    def publish(self, file: Path, *more: str, exit_code: int = 0) -> tuple[int, ...]:
        """Publish a table by the mapping of vouchers."""
        mapping = self.folder / "vouchers.yaml"
        mapping.write_text(MAPPING, encoding="utf-8")
        options = ("--mapping", str(mapping), "--jurisdiction", CITY)
        counts = self.run("publish", str(file), *options, *more, exit_code=exit_code)
        return tuple(counts[name] for name in COUNTS)

    def figures(self, project: str) -> tuple[str, ...]:
        """Ask analysis for what is spent."""
        shown = self.run(
            "analysis",
            "show",
            f"{CITY}/{project}",
            "--fiscal-year",
            "2026",
            "--as-of",
            "2026-06-30",
        )
        return shown["spent"], shown["adjusted_budget"]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Start a stack whose jurisdiction has two projects with budgets."""
    with tempfile.TemporaryDirectory(prefix="dualwatch-test-") as name:
        folder = Path(name)
        with (
            pytest.MonkeyPatch.context() as patch,
            Stack(folder / "data", ports_from=free_ports_from()) as stack,
        ):
            patch.setenv("DUALWATCH_DATA_DIR", str(folder / "data"))
            found = Desk(stack, folder)
            facts = [
                builders.jurisdiction(CITY),
                builders.organisation(subject=CITY),
                *(builders.project(f"{CITY}/{project}") for project in ("P1", "P2")),
                *(builders.budget(f"{CITY}/{project}", "100000.00") for project in ("P1", "P2")),
            ]
            events = folder / "city.jsonl"
            events.write_bytes(b"\n".join(encode(event) for event in facts))
            found.run("publish", str(events))
            yield found


def _export(folder: Path) -> Path:
    """Write a GBK export: title rows, full width, reversals, totals, states, one bad date."""
    rows = [
        row(凭证号="V1", 金额="1,234.50", 日期="2026/3/5"),
        row(凭证号="V2", 金额="２，０００．０１", 日期="２０２６年３月６日"),
        row(凭证号="V2", 金额="2000.01", 日期="20260306", 状态="已审未支付"),
        row(凭证号="V3", 金额="(34.51)", 日期="46088"),
        row(凭证号="V4", 金额="500.00", 日期="三月"),
        row(凭证号="", 金额="10.00", 账号=""),
        row(凭证号="", 金额="10.00", 账号=""),
        row(凭证号="合  计", 金额="3,720.00", 状态=""),
        ("制表人:张三",),
    ]
    file = folder / "支付凭证.csv"
    titles = "西安市财政局支付凭证\r\n\r\n".encode("gbk")
    file.write_bytes(titles + csv_bytes(*rows, encoding="gbk", end="\r\n"))
    return file


def _workbook(folder: Path) -> Path:
    """Write a workbook in 万元: merged heading and voucher, real dates, a hidden copy."""
    file = folder / "凭证.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        hidden, sheet = book.add_worksheet("上月"), book.add_worksheet("本月")
        hidden.write_row(0, 0, COLUMNS)
        hidden.write_row(1, 0, row(凭证号="OLD", 项目编码="P2"))
        sheet.activate()
        hidden.hide()
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.merge_range("A1:H1", "支付凭证(本月)")
        sheet.write_row("A2", [f"{name}(万元)" if name == "金额" else name for name in COLUMNS])
        sheet.merge_range("A3:A4", "X1")
        sheet.merge_range("B3:B4", "P2")
        for number, (amount, account) in enumerate(((1.234567, "1"), (0.1 + 0.2, "2")), 2):
            sheet.write_datetime(number, 2, dt.datetime(2026, 3, 9), day)  # noqa: DTZ001
            sheet.write_row(number, 3, [2026, amount, "已支付", "乙公司", account])
        sheet.write_row(4, 0, ["总计", "", "", "", 1.534567])
    return file


def test_messy_exports_are_figures_to_the_fen(desk: Desk) -> None:
    """Sent, sent again, and the rejected row mended and sent."""
    export, workbook = _export(desk.folder), _workbook(desk.folder)
    rejects = desk.folder / "退回.csv"
    sent = desk.publish(export, "--rejects", str(rejects), exit_code=6)
    of_workbook = desk.publish(workbook)
    before = desk.figures("P1")
    again = [desk.publish(export, exit_code=6), desk.publish(workbook)]
    mended = rejects.read_text("utf-8-sig").replace("三月,2026", "2026-3-31,2026")
    rejects.write_text(mended, encoding="utf-8-sig")
    of_rejects = desk.publish(rejects)

    assert ((6, 6, 0, 0, 1, 2), (2, 2, 0, 0, 0, 1)) == (sent, of_workbook)
    # 1234.50 + 2000.01 + 2 × 10.00 − 34.51; what is not yet paid is not spent.
    assert ("3220.00", "100000.00") == before
    assert ("15345.67", "100000.00") == desk.figures("P2")
    assert [(6, 0, 6, 0, 1, 2), (2, 0, 2, 0, 0, 1)] == again
    assert (1, 1, 0, 0, 0, 0) == of_rejects
    assert ("3720.00", "100000.00") == desk.figures("P1")
