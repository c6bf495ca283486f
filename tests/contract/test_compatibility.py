"""The check of compatibility: it passes what may be done, and catches every way to break a word."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import released
from contracts.codec import INTAKE_TYPES
from contracts.compatibility import compare
from contracts.register import REGISTER, SCHEMAS, SUFFIX, Register, hash_of, type_of
from contracts.released import Words, check, ours
from contracts.variants import variants

PAID = "dualwatch.expenditure.recorded.v1"
V1 = "dualwatch.target_progress.reported.v1"
V2 = "dualwatch.target_progress.reported.v2"
FILE = f"expenditure.recorded.v1{SUFFIX}"
Schema = dict[str, Any]


def data(schema: Schema) -> Schema:
    """The part of an expenditure's schema that is about its data."""
    found: Schema = schema["$defs"]["ExpenditureRecorded"]
    return found


def remove_field(schema: Schema) -> None:
    del data(schema)["properties"]["purpose"]


def rename_field(schema: Schema) -> None:
    fields = data(schema)["properties"]
    fields["use"] = fields.pop("purpose")


def add_required_field(schema: Schema) -> None:
    data(schema)["properties"]["bank"] = {"type": "string"}
    data(schema)["required"].append("bank")


def add_field(schema: Schema) -> None:
    data(schema)["properties"]["bank"] = {"type": "string", "default": ""}


def demand_field(schema: Schema) -> None:
    data(schema)["required"].append("line")


def free_field(schema: Schema) -> None:
    data(schema)["required"].remove("amount")


def narrow_enum(schema: Schema) -> None:
    schema["$defs"]["Channel"]["enum"].remove("own_funds")


def widen_enum(schema: Schema) -> None:
    schema["$defs"]["Channel"]["enum"].append("cash")


def free_enum(schema: Schema) -> None:
    del schema["$defs"]["Channel"]["enum"]


def change_type(schema: Schema) -> None:
    data(schema)["properties"]["batch"]["type"] = "string"


def forbid_null(schema: Schema) -> None:
    line = data(schema)["properties"]["line"]
    line["anyOf"] = [form for form in line["anyOf"] if form["type"] != "null"]


def allow_null(schema: Schema) -> None:
    amount = data(schema)["properties"]["amount"]
    amount["anyOf"] = [{key: amount.pop(key) for key in ("type", "pattern")}, {"type": "null"}]


def lower_limit(schema: Schema) -> None:
    data(schema)["properties"]["purpose"]["maxLength"] = 100


def raise_limit(schema: Schema) -> None:
    data(schema)["properties"]["purpose"]["maxLength"] = 10_000


def change_form(schema: Schema) -> None:
    data(schema)["properties"]["date"]["format"] = "date-time"


def change_default(schema: Schema) -> None:
    data(schema)["properties"]["channel"]["default"] = "allocation"


def open_up(schema: Schema) -> None:
    data(schema)["additionalProperties"] = True


def money_in_ten_thousands(schema: Schema) -> None:
    data(schema)["properties"]["amount"]["description"] = "Paid amount in 万元 [xpay_amt]."


def money_as_number(schema: Schema) -> None:
    amount = data(schema)["properties"]["amount"]
    amount["type"] = "number"
    del amount["pattern"]


def money_with_a_sign(schema: Schema) -> None:
    data(schema)["properties"]["amount"]["pattern"] = r"^-?(0|[1-9][0-9]{0,23})\.[0-9]{2}$"


BREAKS: list[tuple[Callable[[Schema], None], str, set[tuple[str, str]]]] = [
    (remove_field, "/data/purpose", {("removed_field", "backward")}),
    (rename_field, "/data/purpose", {("removed_field", "backward")}),
    (rename_field, "/data/use", {("new_field", "forward")}),
    (add_required_field, "/data/bank", {("new_required_field", "backward")}),
    (add_field, "/data/bank", {("new_field", "forward")}),
    (demand_field, "/data/line", {("new_required_field", "backward")}),
    (free_field, "/data/amount", {("no_longer_required", "forward")}),
    (narrow_enum, "/data/channel", {("narrowed_enum", "backward")}),
    (widen_enum, "/data/channel", {("widened_enum", "forward")}),
    (free_enum, "/data/channel", {("widened_enum", "forward")}),
    (change_type, "/data/batch", {("changed_type", "backward")}),
    (forbid_null, "/data/line", {("changed_type", "backward")}),
    (allow_null, "/data/amount", {("changed_type", "forward")}),
    (lower_limit, "/data/purpose", {("narrowed_limit", "backward")}),
    (raise_limit, "/data/purpose", {("widened_limit", "forward")}),
    (change_form, "/data/date", {("changed_form", "backward")}),
    (change_default, "/data/channel", {("changed_default", "meaning")}),
    (open_up, "/data", {("opened", "forward")}),
    (money_in_ten_thousands, "/data/amount", {("changed_money", "meaning")}),
    (
        money_as_number,
        "/data/amount",
        {("changed_type", "backward"), ("changed_money", "meaning")},
    ),
    (money_with_a_sign, "/data/amount", {("changed_form", "backward")}),
]


@pytest.fixture(scope="module")
def all_words() -> Words:
    """The words of this release."""
    return ours()


@pytest.fixture(scope="module")
def words(all_words: Words) -> Words:
    """The same with the examples of three types: to upcast all of them takes a second."""
    return replace(all_words, examples={name: all_words.examples[name] for name in (V1, V2, PAID)})


def test_our_words_break_nothing(all_words: Words) -> None:
    """What CI runs: `python -m contracts.released`."""
    assert [] == [str(found) for found in check(all_words)]


def test_every_fact_of_publishers_is_released(words: Words) -> None:
    """Ledgers hold them for ever: they are in the register, so none can change unseen."""
    assert {type_of(name) for name in words.released} >= INTAKE_TYPES


@pytest.mark.parametrize(
    ("change", "pointer", "expected"),
    BREAKS,
    ids=[f"{change.__name__}{pointer}" for change, pointer, _ in BREAKS],
)
def test_each_kind_of_breaking_change_is_caught(
    words: Words, change: Callable[[Schema], None], pointer: str, expected: set[tuple[str, str]]
) -> None:
    """With the place and who is hurt: stored events, programs in use, or the meaning."""
    changed = json.loads(words.schemas[PAID])
    change(changed)
    found = check(replace(words, schemas={**words.schemas, PAID: json.dumps(changed)}))

    assert expected == {
        (each.kind, each.direction.value) for each in found if each.pointer == pointer
    }
    assert {PAID} == {each.schema for each in found}


def test_a_clearer_text_is_no_break_of_the_contract() -> None:
    """Only of money the text is part of the meaning: its unit stands there."""
    schema = json.loads((SCHEMAS / FILE).read_text(encoding="utf-8"))
    clearer = copy.deepcopy(schema)
    data(clearer)["properties"]["purpose"]["description"] = "用途, as the voucher says it."

    assert [] == compare(PAID, schema, clearer)


def test_even_a_text_stays_as_it_was_released(words: Words) -> None:
    """A released file is append-only: what has to be said better is said in the next version."""
    schema = json.loads(words.schemas[PAID])
    data(schema)["properties"]["purpose"]["description"] = "用途, as the voucher says it."
    found = check(replace(words, schemas={**words.schemas, PAID: json.dumps(schema)}))

    assert ["released_text"] == [each.kind for each in found]


def test_a_file_that_was_changed_together_with_the_code_is_caught(words: Words) -> None:
    """What it was is found among its committed states, so the break has its name."""
    schema = json.loads(words.schemas[PAID])
    narrow_enum(schema)
    text = json.dumps(schema)
    found = check(
        replace(words, schemas={**words.schemas, PAID: text}, files={**words.files, FILE: text})
    )

    assert {"released_file", "narrowed_enum"} == {each.kind for each in found}


def test_a_released_file_that_is_gone_is_caught(words: Words) -> None:
    """Deleting a schema does not delete the events."""
    files = {name: text for name, text in words.files.items() if name != FILE}

    assert ["released_file"] == [each.kind for each in check(replace(words, files=files))]


def test_a_type_that_is_forgotten_is_caught(words: Words) -> None:
    """Ledgers hold events of it."""
    schemas = {name: text for name, text in words.schemas.items() if name != PAID}

    assert [(PAID, "lost_type")] == [
        (each.schema, each.kind) for each in check(replace(words, schemas=schemas))
    ]


def test_an_earlier_version_that_is_forgotten_is_caught(words: Words) -> None:
    """Even if nothing of it stands in the register."""
    schemas = {name: text for name, text in words.schemas.items() if name != V1}
    found = check(replace(words, schemas=schemas, released={}))

    assert [(V1, "lost_type")] == [(each.schema, each.kind) for each in found]


def _with_upcast(words: Words, upcast: Callable[[Schema], Schema]) -> list[tuple[str, str]]:
    found = check(replace(words, upcasters={**words.upcasters, V1: upcast}))
    return [(each.schema, each.kind) for each in found]


def test_a_lost_upcast_is_caught(words: Words) -> None:
    """Nobody could read the events of v1 any more."""
    others = {name: upcast for name, upcast in words.upcasters.items() if name != V1}
    found = check(replace(words, upcasters=others))

    assert [(V1, "lost_upcast")] == [(each.schema, each.kind) for each in found]


def test_an_upcast_that_makes_no_valid_event_is_caught(words: Words) -> None:
    """It has to fill what the next version demands, for every event that v1 allows."""

    def forgets(event: Schema) -> Schema:
        rest = {name: value for name, value in event["data"].items() if name != "indicator"}
        return {**event, "type": V2, "data": rest}

    assert [(V1, "broken_upcast")] == _with_upcast(words, forgets)


def test_an_upcast_that_fails_for_one_word_of_a_list_alone_is_caught(words: Words) -> None:
    """No example says `not_met`: the check tries every word."""

    def renames(event: Schema) -> Schema:
        grade = event["data"].get("grade")
        return {
            **event,
            "type": V2,
            "data": event["data"] | ({"grade": "failed"} if grade == "not_met" else {}),
        }

    example = copy.deepcopy(words.examples[V1][0])
    example["data"]["grade"] = "met"
    told = replace(words, upcasters={V1: renames}, examples={V1: [example]})

    assert [(V1, "broken_upcast")] == [(each.schema, each.kind) for each in check(told)]


def test_an_upcast_to_another_event_is_caught(words: Words) -> None:
    """Id and source are its name for ever."""
    assert [(V1, "broken_upcast")] == _with_upcast(
        words, lambda event: {**event, "type": V2, "id": "another"}
    )


def test_an_upcast_that_changes_money_is_caught(words: Words) -> None:
    """元 became 万元: every reader would take a payment for a ten-thousandth of it."""
    older = "dualwatch.expenditure.recorded.v1"
    newer = "dualwatch.expenditure.recorded.v2"

    def shrinks(event: Schema) -> Schema:
        return {**event, "type": newer, "data": event["data"] | {"amount": "1.00"}}

    told = Words(
        {older: words.schemas[older], newer: words.schemas[older]},
        {},
        {},
        {older: shrinks},
        lambda event_type, raw: (
            words.validate(older, raw) if event_type == older else json.loads(raw)
        ),
        {older: words.examples[older]},
    )

    assert [("changed_money", "/data/amount")] == [
        (each.kind, each.pointer) for each in check(told)
    ]


def test_every_later_version_is_held_against_every_earlier_one(words: Words) -> None:
    """v1 → v2 is there, v2 → v3 is lost: both earlier versions are told."""
    name = "dualwatch.target_progress.reported.v3"
    schemas = {**words.schemas, name: words.schemas[V2]}
    found = check(replace(words, schemas=schemas, released={}))

    assert [(V1, "lost_upcast"), (V2, "lost_upcast")] == [
        (each.schema, each.kind) for each in found
    ]


def test_variants_leave_out_each_field_and_say_each_word(words: Words) -> None:
    """One difference at a time."""
    example = copy.deepcopy(words.examples[V1][0])
    example["data"]["grade"] = "met"
    made = list(variants(example, json.loads(words.schemas[V1])))
    grades = {each["data"]["grade"] for each in made if "grade" in each.get("data", {})}

    assert example == made[0]
    assert grades == {"met", "partly_met", "not_met"}
    assert set(example) == {name for each in made for name in example if name not in each}


def test_the_register_reads_what_it_writes(tmp_path: Path) -> None:
    """One line per file, in order, so that two branches merge."""
    register = Register({"b.json": hash_of("b"), "a.json": hash_of("a")})
    path = tmp_path / "RELEASED"
    path.write_text(register.text(), encoding="utf-8")

    assert register == Register.read(path)
    assert path.read_text(encoding="utf-8").splitlines()[1].endswith("  a.json")


def test_an_earlier_state_is_looked_for_among_the_commits(tmp_path: Path) -> None:
    """Where there is no repository, none is found and nothing fails."""
    known = Register.read(REGISTER).hashes
    (tmp_path / FILE).write_text("{}", encoding="utf-8")

    assert Register(known).released(FILE) == (SCHEMAS / FILE).read_text(encoding="utf-8")
    assert Register(known).released(FILE, tmp_path) is None


def test_the_command_says_what_is_broken(
    words: Words, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each on stderr, and exit code 1."""
    monkeypatch.setattr(released, "ours", lambda: replace(words, upcasters={}))
    with pytest.raises(SystemExit) as ended:
        released.main()

    assert ended.value.code == 1
    assert f"{V1} /: lost_upcast (backward)" in capsys.readouterr().err
