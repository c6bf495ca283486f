import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from contracts.codec import ENVELOPES, INTAKE_TYPES, OWN_FACTS
from services.intake.domain.admission import Admitted, admit, event_id_of, subject_of
from services.intake.domain.fields import has_name
from services.intake.domain.strict import DEPTH_MAX, EVENT_BYTES_MAX
from services.intake.domain.texts import DETAIL_LENGTH_MAX
from services.intake.domain.verdicts import ERRORS_MAX, REASONS, Refusal, Verdict
from tests.support.hostile import EVENTS, Hostile, event, registered, wire

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"


def refusal(raw: bytes) -> Refusal:
    found = admit(raw)
    assert isinstance(found, Refusal), found
    return found


def _places(model: Any = None, within: str = "") -> Iterator[str]:
    """Give every field of every fact that publishers may send, after its structure's name."""
    if model is None:
        for event_type in INTAKE_TYPES:
            yield from _places(ENVELOPES[event_type])
        return
    for name, field in model.model_fields.items():
        yield f"{within}.{name}" if within else name
        for inner in _models(field.annotation):
            yield from _places(inner, name)


def _models(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


@pytest.mark.parametrize("hostile", EVENTS, ids=str)
def test_a_hostile_event_is_refused_for_what_is_wrong_with_it(hostile: Hostile) -> None:
    """Each says its code, its HTTP status and the field at fault."""
    found = refusal(hostile.body)

    assert (hostile.code, hostile.status, hostile.pointer) == (
        found.code,
        found.reason.status,
        found.pointer,
    )


@pytest.mark.parametrize("hostile", EVENTS, ids=str)
def test_a_refusal_tells_in_both_languages_and_says_what_to_do(hostile: Hostile) -> None:
    """A finance bureau's operator reads Chinese, an integrator English."""
    problem = refusal(hostile.body).problem()

    assert problem["title"]
    assert problem["title_zh"]
    assert problem["detail"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["detail_zh"])
    assert problem["hint"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["hint_zh"])
    assert ("pointer" not in problem) or problem["pointer"] == "" or problem["field_zh"]
    assert len(problem["detail"]) < 2 * DETAIL_LENGTH_MAX
    json.dumps(problem, allow_nan=False)


@pytest.mark.parametrize("hostile", EVENTS, ids=str)
def test_what_to_do_is_told_more_precisely_than_to_correct_the_field(hostile: Hostile) -> None:
    """A hint that only says that something is wrong helps nobody."""
    found = refusal(hostile.body)

    assert (found.hint is None) == (found.hint_zh is None)
    assert found.pointer in {None, "", "/type", "/subject"} or found.hint


def test_every_field_has_a_chinese_name() -> None:
    """Whoever adds a field to a fact names it in `services.intake.domain.fields`."""
    assert [] == sorted({place for place in _places() if not has_name(place)})


def test_a_field_at_fault_is_named_in_both_languages_with_its_meaning() -> None:
    """The name in English and Chinese, and the contract's sentence."""
    problem = refusal(wire(event(data={**event()["data"], "amount": 1}))).problem()

    assert ("amount", "金额", "Paid amount [xpay_amt].") == (
        problem["field"],
        problem["field_zh"],
        problem["meaning"],
    )


def test_a_misspelt_field_is_guessed() -> None:
    """By the names that the contract has in that place."""
    problem = refusal(wire(event(data={**event()["data"], "fiscalYear": 2026}))).problem()

    assert "Did you mean fiscal_year?" == problem["hint"]


@pytest.mark.parametrize(
    ("parameter", "least"),
    [
        ("duplicate_from", "10000.00"),
        ("split_limit", "50000.00"),
        ("round_from", "100000.00"),
        ("round_to", "10000.00"),
    ],
)
def test_the_least_of_an_amount_is_told_as_an_amount(parameter: str, least: str) -> None:
    """As it would be written; what we count in is nobody's business."""
    below = {"date": "2026-01-05", parameter: "500.00"}
    wrong = event(subject="340100", thing="monitoring_parameters.published", data=below)
    problem = refusal(wire(wrong)).problem()

    assert f"/data/{parameter}" == problem["pointer"]
    for said in ("detail", "detail_zh", "hint", "hint_zh"):
        assert least in problem[said]
        assert least.replace(".", "") not in problem[said]


def test_the_least_amount_itself_is_enough() -> None:
    """The bound belongs to it."""
    data = {"date": "2026-01-05", "duplicate_from": "10000.00"}
    at_least = event(subject="340100", thing="monitoring_parameters.published", data=data)

    assert isinstance(admit(wire(at_least)), Admitted)


def test_a_sound_event_is_admitted_with_what_its_way_depends_on() -> None:
    """Id, type, subject, and whether every partition gets a copy."""
    payment = Admitted("e-1", "dualwatch.expenditure.recorded.v1", "340100/P1", False)  # noqa: FBT003

    assert payment == admit(wire(event()))


def test_a_jurisdiction_fact_is_known_as_one() -> None:
    """Its copies go to all partitions."""
    found = admit(wire(registered()))

    assert isinstance(found, Admitted)
    assert found.jurisdiction_fact


@pytest.mark.parametrize("event_type", sorted(INTAKE_TYPES - OWN_FACTS))
def test_every_example_of_a_publishable_fact_is_admitted(event_type: str) -> None:
    """The examples that publishers copy from must pass the door."""
    name, _, version = event_type.removeprefix("dualwatch.").rpartition(".v")
    examples = sorted((EXAMPLES / name / f"v{version}").glob("*.json"))

    assert examples
    for example in examples:
        assert isinstance(admit(example.read_bytes()), Admitted), example


def test_extensions_that_cloudevents_allows_are_admitted() -> None:
    """Unknown attributes with simple values are kept in the bytes and ignored."""
    extended = event(tracestate="a=1", level=3, sampled=True, nothing=None)

    assert isinstance(admit(wire(extended)), Admitted)


def test_a_surrogate_pair_is_a_letter() -> None:
    """Only lone surrogates are refused."""
    body = wire(event()).replace(b'"L1"', b'"\\ud83c\\udfd7"')

    assert isinstance(admit(body), Admitted)


def test_the_partition_key_may_repeat_the_subject() -> None:
    """It is what the Kafka binding asks for."""
    assert isinstance(admit(wire(event(partitionkey="340100/P1"))), Admitted)


def test_many_brackets_that_do_not_nest_are_no_depth() -> None:
    """The quick look at brackets only decides whether to look closely."""
    periods = [{"start": "2026-01-01", "end": "2026-01-31", "amount": "1.00"}] * (2 * DEPTH_MAX)
    plan = {"date": "2026-01-01", "fiscal_year": 2026, "plan": "p", "periods": periods[:60]}

    assert isinstance(admit(wire(event(thing="spending_plan.approved", data=plan))), Admitted)


def test_the_largest_event_passes_and_one_byte_more_does_not() -> None:
    """The limit is the limit."""
    body = wire(event())
    padded = body[:-1] + b" " * (EVENT_BYTES_MAX - len(body)) + b"}"

    assert isinstance(admit(padded), Admitted)
    assert refusal(padded[:-1] + b" }").code == "event_too_large"


def test_all_faults_are_listed_up_to_a_limit() -> None:
    """The first leads, the others follow under `errors`."""
    wrong = event(data={f"x{number}": 1 for number in range(2 * ERRORS_MAX)})
    problem = refusal(wire(wrong)).problem()

    assert len(problem["errors"]) == ERRORS_MAX
    assert problem["pointer"] == problem["errors"][0]["pointer"]


def test_a_near_miss_is_named() -> None:
    """The hint guesses what was meant."""
    assert "dualwatch.expenditure.recorded.v1" in (
        refusal(wire(event(thing="expenditures.record"))).hint or ""
    )


def test_opening_a_day_at_the_door_points_to_the_right_one() -> None:
    """Days belong to the clock."""
    day = event(
        subject="340100", thing="day.opened", data={"date": "2026-03-02", "working_day": True}
    )

    assert "/v1/days" in (refusal(wire(day)).hint or "")


def test_the_code_of_a_jurisdiction_fits_where_it_is_named() -> None:
    """`parent` and the ids of days hold it."""
    assert refusal(wire(registered("J" * 65))).code == "wrong_subject"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_door(raw: bytes) -> None:
    """Whatever comes is judged, never raised."""
    assert isinstance(admit(raw), Refusal)
    subject_of(raw)
    event_id_of(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ),
    st.sampled_from(["id", "source", "type", "subject", "time", "data", "partitionkey", "other"]),
)
def test_no_value_of_an_attribute_breaks_the_door(value: object, name: str) -> None:
    """A fuzzed attribute is admitted or refused."""
    admit(json.dumps(event() | {name: value}).encode())


@given(
    st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
    st.sampled_from(["amount", "date", "fiscal_year", "document", "payee", "classification"]),
)
def test_no_value_of_a_field_breaks_the_door(value: object, name: str) -> None:
    """A fuzzed field is admitted or refused."""
    data = {**event()["data"], name: value}
    admit(json.dumps(event(data=data)).encode())


def test_ids_of_refused_events_are_found_where_they_can_be() -> None:
    """For receipts and for the quarantine's place."""
    refused = wire(event(id="e-7", specversion="0"))

    assert ("e-7", "340100/P1") == (event_id_of(refused), subject_of(refused))
    assert (None, None) == (event_id_of(b"[]"), subject_of(b"{"))
    assert subject_of(wire(event() | {"subject": 5})) is None


def test_every_reason_is_counted_as_some_kind_of_quarantine() -> None:
    """A refusal is never accepted, a duplicate or pending."""
    allowed = set(Verdict) - {Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.PENDING}

    assert {reason.verdict for reason in REASONS.values()} <= allowed
    assert all(400 <= reason.status < 500 for reason in REASONS.values())


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (".v99", "newer_type"),
        (".v1\n", "unknown_type"),
        (".v0", "unknown_type"),
        (".v01", "unknown_type"),
        (".v1.0", "unknown_type"),
        (".v", "unknown_type"),
        (".vx", "unknown_type"),
        (".v\u0661", "unknown_type"),
    ],
)
def test_only_a_number_may_be_a_newer_version(end: str, code: str) -> None:
    """What a newer release may know waits for one; a slip of the sender's never becomes right."""
    found = refusal(wire({**registered(), "type": f"dualwatch.expenditure.recorded{end}"}))

    assert found.code == code
    assert found.pointer == "/type"
