"""JSON that is none, or that two readers could read differently; from JSONTestSuite and worse."""

from typing import Final

from tests.fault.hostile.case import ACCEPTED, Case, Form, event, payment, text, wire

FAMILY: Final = "json"


def _data(
    name: str, body: bytes, comes: str = "malformed_json", pointer: str | None = None
) -> Case:
    return Case(name, FAMILY, Form.DATA, body, comes, pointer)


def _amount(name: str, said: str | bytes, comes: str = "malformed_json") -> Case:
    pointer = "/data/amount" if comes == "invalid_value" else None
    return _data(f"amount {name}", text('"12.50"', said), comes, pointer)


def _year(name: str, said: str, comes: str = "malformed_json") -> Case:
    pointer = "/data/fiscal_year" if comes == "invalid_value" else None
    return _data(f"year {name}", text("2026,", f"{said},"), comes, pointer)


def _line(name: str, said: str | bytes, comes: str = "malformed_json") -> Case:
    return _data(f"string {name}", text("L1", said), comes)


def _nested(depth: int) -> bytes:
    return text('"L1"', "[" * depth + "]" * depth)


def _event(name: str, body: bytes, comes: str, pointer: str | None = None) -> Case:
    return Case(name, FAMILY, Form.EVENT, body, comes, pointer)


CASES: Final = (
    # --- numbers
    _amount("NaN", "NaN"),
    _amount("Infinity", "Infinity"),
    _amount("-Infinity", "-Infinity"),
    _amount("+1", "+1"),
    _amount("leading zero", "012"),
    _amount(".5", ".5"),
    _amount("5.", "5."),
    _amount("hexadecimal", "0x10"),
    _amount("1e", "1e"),
    _amount("1e+", "1e+"),
    _amount("--1", "--1"),
    _amount("minus alone", "-"),
    _amount("1 2", "1 2"),
    _amount("1_000", "1_000"),
    _amount("1,000.00", "1,000.00"),
    _amount("1e999", "1e999", "invalid_value"),
    _amount("-1e999", "-1e999", "invalid_value"),
    _amount("1e-999", "1e-999", "invalid_value"),
    _amount("number with two decimals", "12.50", "invalid_value"),
    _amount("2^63", str(2**63), "invalid_value"),
    _amount("2^64", str(2**64), "invalid_value"),
    _amount("400 digits", "9" * 400, "invalid_value"),
    _amount("5000 digits", "9" * 5_000),
    _year("2^63", str(2**63), "invalid_value"),
    _year("-2^63", str(-(2**63)), "invalid_value"),
    _year("400 digits", "1" * 400, "invalid_value"),
    _year("1e400", "1e400", "invalid_value"),
    _year("2026.0", "2026.0", "invalid_value"),
    _year("2.026e3", "2.026e3", "invalid_value"),
    _year("-0", "-0", "invalid_value"),
    # --- literals
    _amount("True", "True"),
    _amount("undefined", "undefined"),
    _amount("nul", "nul"),
    _amount("unquoted word", "twelve"),
    _amount("single quotes", "'12.50'"),
    # --- strings
    _line("raw NUL", b"L\x00"),
    _line("raw tab", "L\t1"),
    _line("raw line break", "L\n1"),
    _line("bad escape", "L\\x41"),
    _line("short unicode escape", "L\\u12"),
    _line("braced unicode escape", "L\\u{1F600}"),
    _line("lone high surrogate", "\\ud800"),
    _line("lone low surrogate", "\\udc00"),
    _line("surrogates in the wrong order", "\\udc00\\ud800"),
    _line("high surrogate and letter", "\\ud800a"),
    _line("trailing backslash", "L\\"),
    _data("string NUL escaped", text("L1", "L\\u0000"), "invalid_value", "/data/line"),
    # --- structure
    _data("trailing comma", text('"L1"}', '"L1",}')),
    _data("leading comma", text('{"date"', '{,"date"')),
    _data("two commas", text(', "line"', ',, "line"')),
    _data("missing comma", text(', "line"', ' "line"')),
    _data("missing colon", text('"line": ', '"line" ')),
    _data("two colons", text('"line":', '"line"::')),
    _data("comment /* */", text('"L1"}', '"L1"/**/}')),
    _data("comment //", text('"L1"}', '"L1"//\n}')),
    _data("comment #", text('"L1"}', '"L1"#\n}')),
    _data("unquoted key", text('"line"', "line")),
    _data("numeric key", text('"line"', "1")),
    _data("value without key", text('"L1"}', '"L1", 1}')),
    _data("unclosed object", wire(payment())[:-1]),
    _data("closed by a bracket", wire(payment())[:-1] + b"]"),
    _data("form feed as blank", text('{"date"', '{\f"date"')),
    _data("no-break space as blank", text('{"date"', '{\u00a0"date"')),
    _data("byte order mark inside", text('{"date"', '{\ufeff"date"')),
    # --- names
    _data("duplicate key", text('"12.50"', '"12.50","amount":"99.99"'), "duplicate_key"),
    _data(
        "duplicate key, same value", text('"12.50"', '"12.50","amount":"12.50"'), "duplicate_key"
    ),
    _data(
        "duplicate key, escaped", text('"12.50"', '"12.50","amoun\\u0074":"1.00"'), "duplicate_key"
    ),
    _data(
        "duplicate key inside",
        text('"L1"', '"L1","document":{"kind":"refund","number":"1","number":"2"}'),
        "duplicate_key",
    ),
    _data("empty name", text('"line"', '""'), "unknown_field", "/data/"),
    _data("__proto__", text('"line"', '"__proto__"'), "unknown_field", "/data/__proto__"),
    _data("$where", text('"line"', '"$where"'), "unknown_field", "/data/$where"),
    _data("dotted name", text('"line"', '"a.b"'), "unknown_field", "/data/a.b"),
    _data("name with NUL", text('"line"', '"a\\u0000"'), "unknown_field", "/data/a\x00"),
    _data("name in full width", text('"line"', '"\uff4cine"'), "unknown_field", "/data/\uff4cine"),
    _data(
        "name with a slash and a tilde", text('"line"', '"a/b~"'), "unknown_field", "/data/a~1b~0"
    ),
    # --- depth
    _data("31 deep", _nested(29), "invalid_value", "/data/line"),
    _data("40 deep", _nested(40), "too_deep"),
    _data("3000 deep", _nested(3_000), "too_deep"),
    _data("objects 3000 deep", text('"L1"', '{"a":' * 3_000 + "1" + "}" * 3_000), "too_deep"),
    _data("20,000 brackets that never close", text('"L1"', "[" * 20_000), "too_deep"),
    # --- what is no object
    _data("data is an array", b"[]", "invalid_value", "/data"),
    _data("data is a string", b'"{}"', "invalid_value", "/data"),
    _data("data is null", b"null", "invalid_value", "/data"),
    _data("data is true", b"true", "invalid_value", "/data"),
    _event("prose", b"hello", "malformed_json"),
    _event("number", b"42", "not_an_event", ""),
    _event("null", b"null", "not_an_event", ""),
    _event("string that holds an event", wire(wire(event()).decode()), "not_an_event", ""),
    _event("empty object", b"{}", "missing_field", "/type"),
    _event("cut off", wire(event())[:-7], "malformed_json"),
    _event("trailing brace", wire(event()) + b"}", "malformed_json"),
    _event("trailing NUL", wire(event()) + b"\x00", "malformed_json"),
    _event("duplicate id", wire(event()).replace(b'"id":', b'"id":"x","id":'), "duplicate_key"),
    _event(
        "duplicate data", wire(event()).replace(b'"data":', b'"data":{},"data":'), "duplicate_key"
    ),
    _event("extension is an object", wire(event(ext={"a": 1})), "invalid_value", "/ext"),
    _event("extension is an array", wire(event(ext=[])), "invalid_value", "/ext"),
    _event("extension is 1.5", wire(event(ext=1.5)), "invalid_value", "/ext"),
    _event("extension is 2^40", wire(event(ext=2**40)), "invalid_value", "/ext"),
    _event("extension is 1", wire(event(ext=1)), ACCEPTED),
    _event("data_base64", wire(event(data_base64="eA==")), "unknown_field", "/data_base64"),
    _event("type is a number", wire(event(type=1)), "invalid_value", "/type"),
    _event("id is a number", wire(event(id=1)), "invalid_value", "/id"),
    _event("source is an object", wire(event(source={})), "invalid_value", "/source"),
    _event("time is a number", wire(event(time=1_750_000_000)), "invalid_value", "/time"),
)
