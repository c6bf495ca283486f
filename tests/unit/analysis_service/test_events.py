"""The hot reader and the contract agree on everything that measuring uses."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields
from pydantic import BaseModel, ValidationError

from contracts import codec
from contracts.envelope import AnyEvent
from contracts.events import intake
from contracts.events.analysis import FindingDetected
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    encode_state,
    evolve,
    evolve_head,
    findings_of,
    fiscal_year_of,
    new_head,
    new_year,
)
from services.analysis.domain.folding.payments import SUSPECT_FROM
from services.analysis.store import events, hot
from tests.support import builders
from tests.unit.analysis import strategies

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"

MIRRORS = [
    (hot.ExpenditureData, intake.ExpenditureRecorded),
    (hot.LargeExpenditureData, intake.ExpenditureRecorded),
    (hot.ReversalData, intake.ExpenditureReversed),
    (hot.DisbursementData, intake.FundsDisbursed),
    (hot.ApprovalData, intake.BudgetApproved),
    (hot.RegistrationData, intake.ProjectRegistered),
    (hot.Classes, intake.Classification),
    (hot.Payee, intake.Payee),
    (hot.Paper, intake.Document),
]
NESTED: dict[str, type[Struct]] = {
    "classification": hot.Classes,
    "payee": hot.Payee,
    "document": hot.Paper,
    "original": hot.Paper,
}
"""What is decoded of the structures within an event."""


@pytest.mark.parametrize(("mirror", "model"), MIRRORS)
def test_a_hot_structure_has_fields_and_defaults_of_its_contract(
    mirror: type[Struct], model: type[BaseModel]
) -> None:
    """What the contract changes must be changed here too."""
    for ours in fields(mirror):
        theirs = model.model_fields[ours.name]

        assert theirs.is_required() == ours.required
        if ours.default is not NODEFAULT:
            assert _same(ours.default, theirs.default)


@pytest.mark.parametrize("event_type", events.HOT)
def test_the_examples_of_hot_types_are_read_fast_and_the_same(event_type: str) -> None:
    """What a publisher normally sends takes the fast way."""
    folder = EXAMPLES / event_type.removeprefix("dualwatch.").removesuffix(".v1") / "v1"
    found = []
    for path in folder.iterdir():
        raw = codec.encode_json(json.loads(path.read_bytes()))
        event = events.read_hot(raw, event_type)
        found.append(event)
        assert event is None or _same(event, codec.decode(raw, event_type))

    assert any(found)


def test_the_id_is_read_where_it_is_named() -> None:
    """Nothing is reckoned by it: only what is found names it."""
    raw = codec.encode(builders.expenditure(event_id="payment-1"))

    assert events.event_id(raw) == "payment-1"
    with pytest.raises(events.BrokenEntryError):
        events.event_id(b'{"id": 1}')


def test_payee_and_document_are_read_of_every_payment_that_can_be_suspected() -> None:
    """Whether it is one the length of its amount tells: no smaller one is written as long."""
    amounts = {"9999.99": False, "10000.00": True, "10000.01": True, "123456.00": True}
    payee, document = {"name": "甲公司"}, {"kind": "budget", "number": "N1"}
    for amount, is_large in amounts.items():
        raw = codec.encode(builders.expenditure(amount=amount, payee=payee, document=document))
        data = events.read_hot(raw, intake.ExpenditureRecorded.event_type()).data

        assert is_large == (data.amount >= SUSPECT_FROM) == hasattr(data, "payee")


@given(
    st.lists(
        st.one_of(strategies.approvals, strategies.expenditures, strategies.money_facts),
        max_size=12,
    )
)
def test_measuring_needs_no_more_than_the_hot_reader_gives(facts: list[AnyEvent]) -> None:
    """States and findings are the same, whoever read the events."""
    raws = [(codec.encode(fact), fact.type) for fact in [builders.project(), *facts]]

    hot = [events.read_hot(*raw) or events.read_event(*raw) for raw in raws]
    slow = [events.read_event(*raw) for raw in raws]

    assert _folded(hot) == _folded(slow)


def _folded(read: list[Any]) -> tuple[Any, ...]:
    head = new_head(builders.PROJECT)
    found: list[FindingDetected] = []
    year = new_year(builders.PROJECT, 2026)
    today = Jurisdiction(builders.JURISDICTION, today=dt.date(2026, 6, 30))
    for number, event in enumerate(read, 1):
        entry = Entry(number, number, 0, event)
        evolve_head(head, entry)
        if fiscal_year_of(event) is not None:
            evolve(year, entry)
            found += findings_of(today, year, entry)
    return encode_state(head), encode_state(year), found


TEXTS = st.one_of(
    st.sampled_from(
        [
            "L1",
            "堤防维修",
            " L1",
            "L1 ",
            "L\u3000",
            "\u3000L",
            "L\u2028",
            "L\x7f",
            "L\n",
            "L\\n",
            "",
        ]
    ),
    st.text(max_size=12),
    st.sampled_from(["x" * 64, "x" * 65, "x" * 128, "x" * 129, "字" * 500, "字" * 501]),
)
AMOUNTS = st.one_of(
    st.sampled_from(
        ["0.00", "1.50", "01.50", "-1.50", "1.5", "1.500", "1", ".50", "1.50\n", " 1.50", "1٫50"]
    ),
    st.sampled_from(["999999999999999.99", "1000000000000000.00", "１.50", "1e2.00", "0x1.00"]),
    st.from_regex(r"[0-9]{1,17}\.[0-9]{2}", fullmatch=True),
    st.sampled_from([1.5, 2, None, True, ["1.50"]]),
)
USUAL_AMOUNTS = st.sampled_from(["86400.00", "10000.00", "9999.99", "12.00"])
"""From ten thousand yuan on more is read of a payment."""
DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(["2026-02-29", "2026-1-1", "20260101", "1899-12-31", "2300-01-01", "2026"]),
    st.sampled_from(["2026-01-01T00:00:00", "2026-W01-1", "２026-01-01", "2026-01-01 ", 20_000]),
)
TIMES = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(
        [
            "2026-03-12T09:30:00Z",
            "2026-03-12t09:30:00z",
            "2026-03-12 09:30:00+08:00",
            "2026-03-12T09:30:00",
            "2026-03-12T09:30:00.1234567Z",
            "2026-03-12T23:59:60Z",
            "2026-03-12T24:00:00Z",
            "2026-03-12T09:30:00+0800",
            "2026-03-12T09:30:00-24:00",
            "2026-03-12T09:30Z",
            "2026-03-12",
            1_770_000_000,
        ]
    ),
)
YEARS = st.sampled_from([2026, 1990, 2199, 1989, 2200, 2026.0, "2026", True, None])
FLAGS = st.sampled_from([True, False, 1, 0, "true", None])
CHANNELS = st.sampled_from(["treasury_payment", "allocation", "own_funds", "Allocation", None, 1])
DOCUMENTS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["payment_certificate", "refund", "other"]), "number": TEXTS},
        optional={"line": TEXTS, "other": TEXTS},
    ),
    st.none(),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "currency": st.sampled_from(["CNY", "cny", "CNYY", "CN", "CN\n", None]),
    "channel": CHANNELS,
    "line": TEXTS,
    "unit": TEXTS,
    "account": st.sampled_from(["general_public", "other", None]),
    "classification": st.one_of(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(intake.Classification.model_fields, TEXTS)
        ),
        st.none(),
    ),
    "pay_type": TEXTS,
    "payee": st.one_of(
        st.fixed_dictionaries(
            {"name": TEXTS}, optional={"account_hash": TEXTS, "natural_person": FLAGS}
        ),
        st.none(),
    ),
    "batch": FLAGS,
    "contract": TEXTS,
    "purpose": TEXTS,
    "source_kind": TEXTS,
    "source_amount": TEXTS,
    "document": DOCUMENTS,
    "prior_year": FLAGS,
    "original": DOCUMENTS,
    "reason": TEXTS,
    "returned": FLAGS,
    "origin": st.sampled_from(["current_year", "carryover", "other", None]),
    "allocation_is_expenditure": FLAGS,
    "undistributed": FLAGS,
    "period": st.one_of(
        st.none(), st.just({"start": "2026-01-01", "end": "2026-12-31"}), st.just({"start": "x"})
    ),
    "title": TEXTS,
    "name": TEXTS,
    "lead_unit": TEXTS,
    "department": TEXTS,
    "parent_project": TEXTS,
    "goal": TEXTS,
    "level": st.sampled_from([1, 4, 5, "2", None]),
}
REQUIRED: dict[str, Any] = {
    "line": "L1",
    "account": "general_public",
    "unit": "U1",
    "name": "灞河堤防维修",
    "lead_unit": "U1",
    "department": "D1",
}
ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "datacontenttype": st.sampled_from(["application/json", "text/plain", None]),
    "dataschema": TEXTS,
    "partitionkey": TEXTS,
    "sequence": TEXTS,
    "recordedtime": TIMES,
    "correlationid": TEXTS,
    "traceparent": TEXTS,
    "other": TEXTS,
}
SUBJECTS = st.sampled_from(
    ["610100/P1", "610100", "610100/P/1", "/P1", "610100/", "610100/ P1", "x/\u2028", "", "a/\x01"]
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a hot event that is right in most fields, and wrong in some."""
    event_type = draw(st.sampled_from(sorted(events.HOT)))
    model = codec.DATA_BY_TYPE[event_type].model_fields
    known = [name for name in FIELDS if name in model]
    chosen = draw(st.lists(st.sampled_from([*known, "returned"]), unique=True, max_size=4))
    odd = draw(st.sets(st.sampled_from(["date", "amount", "fiscal_year", "time", "id", "subject"])))
    data: dict[str, Any] = {
        "date": draw(DATES) if "date" in odd else "2026-05-20",
        "fiscal_year": draw(YEARS) if "fiscal_year" in odd else 2026,
        "amount": draw(AMOUNTS if "amount" in odd else USUAL_AMOUNTS),
    }
    data = {name: value for name, value in data.items() if name in model}
    data |= {name: value for name, value in REQUIRED.items() if name in model}
    data |= {name: draw(FIELDS[name]) for name in chosen}
    event = {
        "specversion": "1.0",
        "id": draw(TEXTS) if "id" in odd else "e1",
        "source": "urn:test",
        "type": event_type,
        "subject": draw(SUBJECTS) if "subject" in odd else "610100/P1",
        "time": draw(TIMES) if "time" in odd else "2026-03-12T09:30:00Z",
        "data": data,
    }
    extra = draw(st.lists(st.sampled_from(sorted(ATTRIBUTES)), unique=True, max_size=2))
    return event_type, {**event, **{name: draw(ATTRIBUTES[name]) for name in extra}}


@given(drawn=documents(), spaces=st.booleans(), escaped=st.booleans())
def test_both_give_the_same_values_and_refuse_the_same(
    drawn: tuple[str, dict[str, Any]], *, spaces: bool, escaped: bool
) -> None:
    """Whatever is odd about an event, and however it is written."""
    event_type, document = drawn
    separators = (", ", ": ") if spaces else (",", ":")
    text = json.dumps(document, ensure_ascii=escaped, separators=separators)
    _agree(event_type, text.encode())


@given(drawn=documents(), at=st.integers(0, 600), byte=st.integers(0, 255))
def test_both_agree_on_damaged_bytes(drawn: tuple[str, dict[str, Any]], at: int, byte: int) -> None:
    """A byte that was overwritten is no way past the contract."""
    event_type, document = drawn
    raw = bytearray(codec.encode_json(document))
    raw[at % len(raw)] = byte
    _agree(event_type, bytes(raw))


def _agree(event_type: str, raw: bytes) -> None:
    read = events.read_hot(raw, event_type)
    try:
        model = codec.decode(raw, event_type)
    except ValidationError:
        with pytest.raises(events.BrokenEntryError):
            events.read_event(raw, event_type)
        if read is not None:
            # Then only something that it passes over is wrong: what it gives is right.
            assert _same(read, codec.decode(_used(raw, read), event_type))
        return
    assert read is None or _same(read, model)


def _used(raw: bytes, read: Any) -> bytes:
    """Write an event of nothing but what the hot reader gives, as it was sent."""
    sent = json.loads(raw.decode("utf-8", "replace"), strict=False)["data"]
    data = {field.name: sent[field.name] for field in fields(read.data) if field.name in sent}
    for name, structure in NESTED.items():
        if data.get(name) is not None:
            used = {field.name for field in fields(structure)}
            data[name] = {key: value for key, value in data[name].items() if key in used}
    return codec.encode_json(
        {
            "specversion": "1.0",
            "id": "e1",
            "source": "urn:test",
            "type": read.type,
            "subject": builders.PROJECT,
            "time": "2026-03-12T09:30:00Z",
            "data": data,
        }
    )


def _same(ours: Any, contract: Any) -> bool:
    if isinstance(ours, Struct):
        return all(
            _same(getattr(ours, field.name), getattr(contract, field.name))
            for field in fields(ours)
            # The one who asks compares it with the record's key.
            if field.name != "subject"
        )
    return type(ours) is type(contract) and bool(ours == contract)
