"""`dualwatch publish --mapping`: dry run, rejects that are mended, duplicates, resuming."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.publishing import BATCH_EVENTS_MAX
from tests.unit.cli.fake_ledger import FakeLedger
from tests.unit.cli.fake_services import FakeServices, Outcome, problem, run
from tests.unit.intake_files.table_files import MAPPING, csv_bytes, row, workbook

COUNTS = ("sent", "accepted", "duplicate", "quarantined", "rejected", "passed")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the states of runs apart from the user's, and let pauses pass at once."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path / "data"))
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    monkeypatch.setattr("services.cli.client._monotonic", lambda: sum(pauses))
    return tmp_path / "data"


class Desk:
    """Someone who publishes files by one mapping."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ledger = FakeLedger()
        self.services = FakeServices()
        self.services.passed()
        self.services.on("intake", "POST", "/v1/events", self.ledger)
        self.mapping = folder / "vouchers.yaml"
        self.mapping.write_text(MAPPING, encoding="utf-8")

    def file(self, raw: bytes, name: str = "vouchers.csv") -> Path:
        """Put a file on the desk."""
        place = self.folder / name
        place.write_bytes(raw)
        return place

    def publish(self, file: Path, *more: str) -> Outcome:
        """Publish it by the mapping."""
        options = ("--mapping", str(self.mapping), "--jurisdiction", "610100", "--json")
        return run(self.services, self.capsys, "publish", str(file), *options, *more)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def _counts(outcome: Outcome) -> tuple[Any, ...]:
    return tuple(outcome.json[name] for name in COUNTS)


def test_a_table_is_counted_and_again_all_duplicates(desk: Desk) -> None:
    """Also under another name, and as a workbook."""
    rows = [row(), row(凭证号="V2", 状态="待审"), row(凭证号="合计", 状态="")]
    first = desk.publish(desk.file(csv_bytes(*rows, encoding="gbk")))
    again = desk.publish(desk.file(csv_bytes(*rows, end="\r\n"), "other.csv"))
    book = desk.publish(desk.file(workbook(*rows), "vouchers.xlsx"))

    assert ((2, 2, 0, 0, 0, 1), 0) == (_counts(first), first.exit_code)
    assert [(2, 0, 2, 0, 0, 1)] * 2 == [_counts(again), _counts(book)]


def test_rejected_rows_are_mended_and_sent_again(desk: Desk) -> None:
    """The rejects file has the original columns and the reasons, and the same mapping reads it."""
    rejects = desk.folder / "rejects.csv"
    file = desk.file(
        csv_bytes(row(), row(凭证号="V2", 日期="三月五日"), row(凭证号="V3", 状态="?"))
    )
    first = desk.publish(file, "--rejects", str(rejects))
    written = list(csv.reader(io.StringIO(rejects.read_text(encoding="utf-8-sig"))))
    mended = rejects.read_text("utf-8-sig").replace("三月五日,2026", "2026/3/5,2026")
    rejects.write_text(mended.replace(",?,", ",已支付,"), encoding="utf-8-sig")
    second = desk.publish(rejects)

    assert ((1, 1, 0, 0, 2, 0), 6) == (_counts(first), first.exit_code)
    assert [("3", "日期", "三月五日"), ("4", "", "")] == [tuple(line[8:11]) for line in written[1:]]
    assert ((2, 2, 0, 0, 0, 0), 0) == (_counts(second), second.exit_code)
    assert "2 rows were rejected and not sent" in first.err


def test_a_dry_run_sends_nothing_and_tells_every_kind_of_problem(desk: Desk) -> None:
    """First rows as events, counts by type, problems by kind with examples."""
    bad = [row(凭证号=f"B{n}", 金额="abc") for n in range(5)]
    outcome = desk.publish(desk.file(csv_bytes(row(), *bad, row(状态="作废"))), "--dry-run")
    told = outcome.json

    assert ([], 6) == (desk.services.requests, outcome.exit_code)
    assert (7, 1, 5, 1) == tuple(told[name] for name in ("rows", "events", "rejected", "passed"))
    assert {"dualwatch.expenditure.recorded.v1": 1} == told["by_type"]
    assert "1234.50" == told["preview"][0]["data"]["amount"]
    assert [("rejected", "not_a_number", "金额", 5), ("passed", "rule", "", 1)] == [
        tuple(one[name] for name in ("kind", "code", "column", "rows")) for one in told["problems"]
    ]
    assert {"line": 3, "value": "abc"} == told["problems"][0]["examples"][0]


def test_a_run_that_was_interrupted_is_resumed(desk: Desk) -> None:
    """What was decided is not sent again, and its counts go on."""
    rows = [row(凭证号=f"V{n}") for n in range(3 * BATCH_EVENTS_MAX)]
    file = desk.file(csv_bytes(*rows, row(凭证号="B", 金额="x")))
    desk.services.on("intake", "POST", "/v1/events", desk.ledger, problem(401, "unauthorised"))
    stopped = desk.publish(file)
    desk.services.on("intake", "POST", "/v1/events", desk.ledger)
    resumed = desk.publish(file, "--resume")

    assert 3 == stopped.exit_code
    assert (3 * BATCH_EVENTS_MAX, 3 * BATCH_EVENTS_MAX, 0, 0, 1, 0) == _counts(resumed)
    assert [BATCH_EVENTS_MAX] * 3 == desk.ledger.batches


def test_a_request_whose_answer_got_lost_counts_once_over_both_runs(desk: Desk) -> None:
    """The resumed run repeats it under the same Idempotency-Key."""
    file = desk.file(csv_bytes(*(row(凭证号=f"V{n}") for n in range(BATCH_EVENTS_MAX + 1))))
    desk.ledger.answers = [httpx.ReadError("gone")] * 200
    stopped = desk.publish(file)
    desk.ledger.answers = []
    resumed = desk.publish(file, "--resume")

    assert 4 == stopped.exit_code
    assert (BATCH_EVENTS_MAX + 1, BATCH_EVENTS_MAX + 1, 0) == _counts(resumed)[:3]


def test_a_file_that_changed_is_not_resumed(desk: Desk) -> None:
    """Its rows may stand elsewhere; the person is told what to do."""
    rows = [row(凭证号=f"V{n}") for n in range(BATCH_EVENTS_MAX + 1)]
    desk.services.on("intake", "POST", "/v1/events", desk.ledger, problem(401, "unauthorised"))
    desk.publish(desk.file(csv_bytes(*rows)))
    outcome = desk.publish(desk.file(csv_bytes(*rows, row(凭证号="new"))), "--resume")

    assert 2 == outcome.exit_code
    assert "has changed since it was interrupted" in outcome.err


@pytest.mark.parametrize(
    ("raw", "more", "told"),
    [
        (b"", (), "is empty"),
        (b"a,b\n1,2\n", (), "none of the first"),
        (b"\xd0\xcf\x11\xe0xxxx", (), "old .xls"),
        (csv_bytes(row()), ("--set", "x=1"), "options of vouchers: none"),
        (csv_bytes(row()), ("--mapping", "no-such"), "presets are"),
    ],
)
def test_what_cannot_be_read_ends_with_words(
    desk: Desk, raw: bytes, more: tuple[str, ...], told: str
) -> None:
    """Nothing is sent, and the exit code is that of a wrong call."""
    outcome = desk.publish(desk.file(raw), *more)

    assert (2, []) == (outcome.exit_code, desk.services.requests)
    assert told in outcome.err


def test_a_mapping_with_faults_names_file_place_and_line(desk: Desk) -> None:
    """All of them at once."""
    desk.mapping.write_text(MAPPING.replace("as: absolute_amount", "as: money"), encoding="utf-8")
    outcome = desk.publish(desk.file(csv_bytes(row())))

    assert 2 == outcome.exit_code
    assert "vouchers.yaml: line 23, rows[1].data.amount.as: there is no transform" in outcome.err


def test_a_table_without_a_mapping_is_asked_for_one(desk: Desk) -> None:
    """And the presets are named."""
    file = desk.file(csv_bytes(row()))
    outcome = run(desk.services, desk.capsys, "publish", str(file))

    assert 2 == outcome.exit_code
    assert "payment-vouchers" in outcome.err


def test_a_jsonl_line_of_six_megabytes_is_counted(desk: Desk) -> None:
    """Its beginning is refused and kept, so sent is the number of lines."""
    event = {"source": "s", "id": "1"}
    lines = [json.dumps(event), json.dumps({**event, "id": "2", "text": "x" * 6_000_000})]
    file = desk.file("\n".join(lines).encode(), "events.jsonl")
    outcome = run(desk.services, desk.capsys, "publish", str(file), "--json")

    assert (2, 1, 1) == tuple(outcome.json[name] for name in ("sent", "accepted", "quarantined"))
    assert "events.jsonl, line 2: 6.0 MB" in outcome.err
