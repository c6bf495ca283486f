"""The fast reader and the contract agree on every event that the fast reader takes."""

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
from contracts.envelope import CloudEvent
from contracts.events import intake
from services.analysis.store import events

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"

MIRRORS = [
    (events.Document, intake.Document),
    (events.Classification, intake.Classification),
    (events.Payee, intake.Payee),
    (events.Expenditure, intake.ExpenditureRecorded),
    (events.Reversal, intake.ExpenditureReversed),
    (events.Disbursement, intake.FundsDisbursed),
]


@pytest.mark.parametrize(("mirror", "model"), MIRRORS)
def test_a_hot_structure_has_the_fields_and_defaults_of_its_contract(
    mirror: type[Struct], model: type[BaseModel]
) -> None:
    """A field that the contract gains must be gained here too."""
    ours = {field.name: field.default for field in fields(mirror)}

    assert ours.keys() == model.model_fields.keys()
    for name, field in model.model_fields.items():
        assert field.is_required() == (ours[name] is NODEFAULT)
        if not field.is_required():
            assert _same(ours[name], field.default)


def test_the_hot_envelope_has_the_attributes_of_the_contract() -> None:
    """An attribute more or less would be refused or lost."""
    ours = {field.name for field in fields(events.ExpenditureRecorded)}

    assert ours == CloudEvent.model_fields.keys()


@pytest.mark.parametrize("event_type", events.HOT)
def test_the_examples_of_hot_types_are_read_fast_and_the_same(event_type: str) -> None:
    """What a publisher normally sends takes the fast way."""
    folder = EXAMPLES / event_type.removeprefix("dualwatch.").removesuffix(".v1") / "v1"
    for path in folder.iterdir():
        raw = codec.encode_json(json.loads(path.read_bytes()))
        event = events.read_plain(events.HOT[event_type], raw)

        assert event is not None
        assert _same(event, codec.decode(raw, event_type))


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
        st.fixed_dictionaries({}, optional={"function": TEXTS, "fund_type": TEXTS}), st.none()
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
    model = codec.DATA_BY_TYPE[event_type]
    known = [name for name in FIELDS if name in model.model_fields]
    chosen = draw(st.lists(st.sampled_from([*known, "returned"]), unique=True, max_size=4))
    odd = draw(st.sets(st.sampled_from(["date", "amount", "fiscal_year", "time", "id", "subject"])))
    data: dict[str, Any] = {
        "date": draw(DATES) if "date" in odd else "2026-05-20",
        "fiscal_year": draw(YEARS) if "fiscal_year" in odd else 2026,
        "amount": draw(AMOUNTS) if "amount" in odd else "86400.00",
        **{name: draw(FIELDS[name]) for name in chosen},
    }
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
def test_what_the_fast_reader_takes_the_contract_takes_with_the_same_values(
    drawn: tuple[str, dict[str, Any]], *, spaces: bool, escaped: bool
) -> None:
    """And what the contract refuses, both refuse."""
    event_type, document = drawn
    separators = (", ", ": ") if spaces else (",", ":")
    text = json.dumps(document, ensure_ascii=escaped, separators=separators)
    _agree(event_type, text.encode("utf-8", "surrogatepass"))


@given(drawn=documents(), at=st.integers(0, 600), byte=st.integers(0, 255))
def test_both_agree_on_damaged_bytes(drawn: tuple[str, dict[str, Any]], at: int, byte: int) -> None:
    """A byte that was overwritten is no way past the contract."""
    event_type, document = drawn
    raw = bytearray(codec.encode_json(document).decode("utf-8", "replace").encode())
    raw[at % len(raw)] = byte
    _agree(event_type, bytes(raw))


def _agree(event_type: str, raw: bytes) -> None:
    fast = events.read_plain(events.HOT[event_type], raw)
    try:
        model = codec.decode(raw, event_type)
    except ValidationError:
        assert fast is None
        with pytest.raises(events.BrokenEntryError):
            events.read_event(raw, event_type)
        return
    assert fast is None or _same(fast, model)
    assert _same(events.read_event(raw, event_type), model)


def _same(ours: Any, contract: Any) -> bool:
    if isinstance(ours, Struct):
        return all(
            _same(getattr(ours, field.name), getattr(contract, field.name))
            for field in fields(ours)
        )
    return type(ours) is type(contract) and bool(ours == contract)
