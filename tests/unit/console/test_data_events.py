"""Events line by line: with the sender's characters, and what is wrong marked where it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain import data_events as events

EVENT = '{"id":"a","data":{"amount":12.50,"payee":{"name":"张*"},"lines":[1,{}],"a/b~c":null}}'


def test_lines_are_the_senders_characters() -> None:
    """A number keeps its digits, and each line knows its pointer."""
    lines = events.lines_of(EVENT)

    assert '    "amount": 12.50,' in [line.written for line in lines]
    assert ("/data/a~1b~0c", '"a/b~c": null') in [(line.pointer, line.text) for line in lines]
    assert ("/data/lines/1", "{}") in [(line.pointer, line.text) for line in lines]
    assert "\n".join(line.written for line in lines) == events.pretty(EVENT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_what_is_laid_out_is_the_same_json(value: object, wide: bool) -> None:  # noqa: FBT001
    """However it was written."""
    text = json.dumps(value, indent=3 if wide else None, ensure_ascii=wide)

    assert value == json.loads(events.pretty(text))


@given(st.text(alphabet='{}[]":, 1ea\n', max_size=30))
def test_what_is_read_is_json_as_others_read_it(text: str) -> None:
    """Nothing else is laid out."""
    try:
        events.lines_of(text)
    except events.UnreadableError:
        return
    json.loads(text)


@pytest.mark.parametrize(
    ("pointer", "marked"),
    [
        ("/data/amount", ['"amount": 12.50,']),
        ("/data/payee", ['"payee": {', '"name": "张*"', "},"]),
        ("/data/date", ['"data": {']),
        ("/none", ["{"]),
    ],
)
def test_what_is_wrong_is_marked(pointer: str, marked: list[str]) -> None:
    """A value with all that is in it; what is missing where it would be."""
    lines, cut = events.shown(EVENT, [pointer])

    assert (marked, False) == ([one.text.strip() for one in lines if one.marked], cut)


def test_long_events_are_cut() -> None:
    """After so many lines, and within a line."""
    many, cut = events.shown(json.dumps(list(range(5_000))), [])
    long, cut_too = events.shown(json.dumps("x" * 5_000), [])

    assert (events.LINES_MAX, True, True) == (len(many), cut, cut_too)
    assert events.LINE_LENGTH_MAX + 1 == len(long[0].text)


@pytest.mark.parametrize("text", ["", "{", '{"a":}', "[1 2]", "[" * 100 + "]" * 100, '{"a":1}x'])
def test_what_is_no_json_stays_as_it_is(text: str) -> None:
    """And is said to be none."""
    assert text == events.pretty(text)
    with pytest.raises(events.UnreadableError):
        events.shown(text, [])


def test_a_place_by_line_and_column_is_marked() -> None:
    """As readers of JSON name it."""
    found = events.raw("ab\ncd<e", "no JSON: key must be a string at line 2 column 3")

    assert ("ab\ncd", "<", "e") == (found.before, found.at, found.after)
    assert "ab" == events.raw("ab", "").before
    assert events.Raw("ab", "", "", cut=False) == events.raw("ab", "line 9 column 9")


def test_faults_have_their_line_in_what_was_typed() -> None:
    """What is missing has that of the structure it belongs to."""
    text = '{\n "id": "a",\n "data": {\n  "amount": 1\n }\n}'
    problem = {
        "pointer": "/data/amount",
        "errors": [
            {"pointer": "/data/amount", "detail": "wrong", "detail_zh": "有误", "field_zh": "金额"},
            {"pointer": "/data/date", "detail": "missing", "hint": "add it"},
        ],
    }
    chinese = events.faults(problem, "zh", text)
    english = events.faults({"pointer": "/id", "detail": "taken"}, "en")

    assert [(4, "有误", "金额"), (3, "missing", "")] == [
        (one.line, one.detail, one.field) for one in chinese
    ]
    assert [("/id", "taken", None)] == [(one.pointer, one.detail, one.line) for one in english]
    assert ["/data/amount", "/data/date"] == events.pointers_of(problem)
    assert [] == events.faults({"code": "malformed_json"}, "zh", text)
