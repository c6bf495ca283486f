"""`dualwatch contracts`: the doors' own judgement of a file, and what may be said."""

import io
import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts import generate
from contracts.codec import DATA_BY_TYPE
from contracts.handbook import PUBLISHABLE
from services.cli.contracts import Checked, faults_in, full_name
from services.cli.described import fields_of
from services.cli.errors import CliError, ExitCode
from tests.unit.cli.fake_services import FakeServices, Outcome, run

EXAMPLES = sorted((generate.ROOT / "examples").rglob("*.json"))
PAYMENT = json.loads(
    (generate.ROOT / "examples/expenditure.recorded/v1/treasury_payment.json").read_bytes()
)


def paid(**data: Any) -> dict[str, Any]:
    """A payment with some of its data changed."""
    return {**PAYMENT, "data": {**PAYMENT["data"], **data}}


def written(tmp_path: Path, lines: Iterable[object]) -> str:
    file = tmp_path / "events.jsonl"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return str(file)


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    return run(FakeServices(), capsys, "contracts", "check", *arguments)


def test_every_example_that_may_be_published_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several of each type, in one file; exit code 0."""
    events = [json.loads(path.read_bytes()) for path in EXAMPLES]
    mine = [event for event in events if event["type"] in PUBLISHABLE]
    found = checked(capsys, written(tmp_path, mine), "--json")

    assert (ExitCode.OK, len(mine), 0) == (
        found.exit_code,
        found.json["valid"],
        found.json["faulty"],
    )
    assert set(found.json["types"]) == PUBLISHABLE


def test_a_fault_says_line_pointer_field_in_both_languages_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people as well as for scripts; exit code 1; blank lines count as lines."""
    file = written(tmp_path, [PAYMENT, "", paid(amount="12.5"), paid(fiscal_year="2026")])
    told = checked(capsys, file)
    found = checked(capsys, file, "--json")
    first = found.json["faults"][0]

    assert (ExitCode.FAILED_CHECK, ExitCode.FAILED_CHECK) == (told.exit_code, found.exit_code)
    assert (3, "/data/amount", "amount", "金额") == tuple(
        first[name] for name in ("line", "pointer", "field", "field_zh")
    )
    assert PAYMENT["id"] == first["id"]
    assert "line 3: /data/amount (amount 金额)\n" in told.out
    assert all(first[name] in told.out for name in ("detail", "detail_zh", "hint", "hint_zh"))
    assert [3, 4] == [fault["line"] for fault in found.json["faults"]]
    assert "3 lines: 1 events right, 2 wrong" in told.err


def test_every_fault_of_an_event_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not one at a time: whoever repairs a mapping repairs it once."""
    file = written(tmp_path, [paid(amount=12, date="2026-02-30", colour="red")])
    found = checked(capsys, file, "--json").json

    assert {"/data/amount", "/data/date", "/data/colour"} == {
        fault["pointer"] for fault in found["faults"]
    }
    assert (1, 3) == (found["faulty"], found["faults_found"])


def test_what_no_door_would_read_is_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken JSON, a name twice, an unknown type, a day that only the clock may open."""
    lines = ["{", '{"id": 1, "id": 2}', {**PAYMENT, "type": "dualwatch.expenditur.recorded.v1"}]
    day = json.loads((generate.ROOT / "examples/day.opened/v1/thursday.json").read_bytes())
    found = checked(capsys, written(tmp_path, [*lines, day]), "--json").json

    assert ["malformed_json", "duplicate_key", "unknown_type", "not_publishable"] == [
        fault["code"] for fault in found["faults"]
    ]
    assert "Did you mean dualwatch.expenditure.recorded.v1?" in found["faults"][2]["hint"]


def test_days_to_open_are_no_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`dualwatch simulate` writes them and `dualwatch publish` takes them; a broken one is told."""
    opened = {"open_day": {"jurisdiction": "610100", "date": "2026-03-12"}}
    broken = {"open_day": {"jurisdiction": "610100"}}
    found = checked(capsys, written(tmp_path, [opened, broken]), "--json").json

    assert (1, 0, 1) == (found["days"], found["valid"], found["faulty"])


def test_an_account_number_is_taken_as_the_doors_take_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They hash it before they look at the contract."""
    payee = {"name": "西安某建设有限公司", "account": "6222021234567890123"}

    assert checked(capsys, written(tmp_path, [paid(payee=payee)])).exit_code == ExitCode.OK


@pytest.mark.parametrize("content", ["", "\n\n \n"])
def test_a_file_without_events_is_no_right_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """An export that came out empty shall not pass as one that is right."""
    file = tmp_path / "empty.jsonl"
    file.write_text(content, encoding="utf-8")

    assert checked(capsys, str(file)).exit_code == ExitCode.USAGE


def test_a_file_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In plain words."""
    found = checked(capsys, str(tmp_path / "no.jsonl"))

    assert found.exit_code == ExitCode.USAGE
    assert "cannot be read" in found.err


def test_standard_input_can_be_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that an export is checked in a pipe."""
    text = io.TextIOWrapper(io.BytesIO(json.dumps(PAYMENT).encode()))
    monkeypatch.setattr("sys.stdin", text)

    assert checked(capsys, "-").exit_code == ExitCode.OK


def test_only_so_many_faults_are_shown_and_all_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One wrong column is wrong a million times."""
    file = written(tmp_path, [paid(amount=1)] * 7)
    found = checked(capsys, file, "--json", "--faults", "2")

    assert (2, 7, 7) == (
        len(found.json["faults"]),
        found.json["faults_found"],
        found.json["faulty"],
    )
    assert "5 more faults" in found.err


def test_memory_does_not_grow_with_the_file() -> None:
    """Ten times the lines, the same memory."""

    def peak(lines: int) -> int:
        stream = io.BytesIO(b"")
        raw = json.dumps(PAYMENT).encode() + b"\n"
        bad = json.dumps(paid(amount=1)).encode() + b"\n"
        stream = io.BytesIO(raw * lines + bad * lines)
        counted = Checked(faults_max=1)
        tracemalloc.start()
        for _ in faults_in(stream, counted):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (lines, lines) == (counted.valid, counted.faulty)
        return most

    peak(10)

    assert peak(300) < 1.5 * peak(30) + 200_000


def test_the_list_has_what_may_be_published(capsys: pytest.CaptureFixture[str]) -> None:
    """With --all also what Dualwatch says itself."""
    mine = run(FakeServices(), capsys, "contracts", "list", "--json").json
    every = run(FakeServices(), capsys, "contracts", "list", "--all", "--json").json

    assert {row["type"] for row in mine} == PUBLISHABLE
    assert {row["type"] for row in every} == set(DATA_BY_TYPE)
    assert all(row["says"] for row in every)


@pytest.mark.parametrize("event_type", sorted(DATA_BY_TYPE))
def test_every_event_is_shown_with_its_fields_and_an_example(event_type: str) -> None:
    """Those of structures behind the field that holds them, all with a meaning."""
    fields = fields_of(DATA_BY_TYPE[event_type])

    assert [shown.path for shown in fields if not shown.meaning] == []
    assert {shown.path for shown in fields} >= set(DATA_BY_TYPE[event_type].model_fields)


def test_an_event_is_shown_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Field, 字段, whether it is required, its words, its unit, the national field."""
    told = run(FakeServices(), capsys, "contracts", "show", "expenditure.recorded").out

    assert told.startswith("dualwatch.expenditure.recorded.v1\n")
    assert all(word in told for word in ("金额", "xpay_amt", "own_funds", "payee.account_hash"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("target_progress.reported", "dualwatch.target_progress.reported.v2"),
        ("target_progress.reported.v1", "dualwatch.target_progress.reported.v1"),
        ("dualwatch.budget.approved.v1", "dualwatch.budget.approved.v1"),
    ],
)
def test_a_type_may_be_named_shortly(text: str, name: str) -> None:
    """The newest version unless one is named."""
    assert full_name(text) == name


def test_an_unknown_type_is_asked_back() -> None:
    """With the one that is most like it."""
    with pytest.raises(CliError, match=r"did you mean budget\.approved\?"):
        full_name("budget.approwed")
