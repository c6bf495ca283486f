"""Unicode: what looks like something else, what is no text, what is somebody's name."""

from typing import Final

from tests.fault.hostile.case import ACCEPTED, ID, Case, Form, attribute, event, field, text, wire

FAMILY: Final = "unicode"
ENCODED: Final = "encoding"


def _event(name: str, body: bytes, comes: str, pointer: str | None = None) -> Case:
    return Case(name, ENCODED, Form.EVENT, body, comes, pointer)


def _bytes(name: str, said: bytes) -> Case:
    return _event(name, wire(event(ext="x")).replace(b'"x"', b'"' + said + b'"'), "invalid_utf8")


CASES: Final = (
    *field(
        FAMILY,
        "purpose",
        {
            "bidi override": "付款\u202e001\u202c",
            "bidi isolates": "\u2066a\u2069",
            "zalgo": "Z" + "\u0300\u0316\u0334" * 300,
            "decomposed": "re\u0301sume\u0301",
            "zero width": "a\u200b\u200c\u200d\ufeffb",
            "family of emoji": "👨‍👩‍👧‍👦" * 20,
            "flag letters": "🇨🇳",
            "tag characters": "a\U000e0041\U000e007f",
            "variation selectors": "葛\U000e0100",
            "rare ideographs": "𠮷𡈽㐂",
            "private use": "\ue000\U0010fffd",
            "noncharacters": "\ufffe\uffff",
            "C1 control": "a\u0085b",
            "replacement character": "\ufffd",
            "Arabic": "مدفوعات",
            "full width": "\uff11\uff0e\uff10",
            "lines and tabs": "a\n\tb",
            "HTML": "<script>alert(1)</script>",
            "formula": '=HYPERLINK("http://x","y")',
            "SQL": "'; DROP TABLE payments; --",
            "template": "{{7*7}}${jndi:ldap://x}",
            "terminal escape as text": "\\x1b[31m",
            "4000 characters": "字" * 4_000,
        },
        ACCEPTED,
    ),
    *field(
        FAMILY,
        "purpose",
        {
            "4001 characters": "字" * 4_001,
            "NUL": "a\x00b",
            "escape": "\x1b[31m",
            "backspace": "a\x08",
            "DEL": "\x7f",
            "line separator": "a\u2028b",
            "paragraph separator": "a\u2029b",
            "carriage return": "a\rb",
        },
    ),
    *field(
        FAMILY,
        "line",
        {
            "full-width digits": "L\uff11",
            "Cyrillic letter": "\u0410BC",
            "emoji": "💰",
            "no-break space inside": "a\u00a0b",
            "zero-width space": "L\u200b1",
        },
        ACCEPTED,
    ),
    *field(
        FAMILY,
        "line",
        {
            "blank": " ",
            "blank in front": " L1",
            "ideographic space behind": "L1\u3000",
            "no-break space in front": "\u00a0L1",
            "line break": "L\n1",
            "line separator": "L\u20281",
            "129 characters": "L" * 129,
            "empty": "",
        },
    ),
    # Two ids that look the same are two ids: they are compared byte for byte.
    *attribute(
        FAMILY,
        "id",
        {
            "homoglyph": f"\u0440ay-{ID}",
            "full width": f"{ID}\uff11",
            "combining": f"{ID}e\u0301",
            "bidi": f"{ID}\u202e1",
            "slashes and dots": f"../../etc/passwd{ID}",
            "percent": f"%2e%2e%00{ID}",
            "quotes": f"\"'`{ID}",
            "emoji": f"💥{ID}",
        },
        ACCEPTED,
    ),
    *attribute(
        FAMILY,
        "id",
        {
            "line break": f"{ID}\nx",
            "NUL": f"{ID}\x00",
            "129 characters": "x" * 129,
            "blank at the end": f"{ID} ",
        },
    ),
    *attribute(
        FAMILY,
        "subject",
        {
            "empty project": "J7200/",
            "no jurisdiction": "/P1",
            "unit separator": "J7200/P\x1f1",
            "line break": "J7200/P\n1",
            "blank project": "J7200/ ",
            "261 characters": "J7200/" + "P" * 260,
            "line separator": "J7200/P\u20281",
        },
    ),
    *attribute(
        FAMILY,
        "subject",
        {"bidi project": "J7200/P\u202e1", "path": "J7200/../../P1", "dollar": "J7200/$where.x"},
        ACCEPTED,
    ),
    *attribute(
        FAMILY,
        "subject",
        {"homoglyph city": "\u0408\u0417200/P1", "full-width city": "\uff2a7200/P1"},
        "unknown_jurisdiction",
    ),
    *attribute(
        FAMILY,
        "source",
        {"blank": "urn: x", "NUL": "urn:x\x00", "257 long": "u" * 257, "tab": "a\t"},
    ),
    *attribute(FAMILY, "source", {"Chinese": "urn:财政局", "no URI": "treasury"}, ACCEPTED),
    # --- bytes
    _event("byte order mark", b"\xef\xbb\xbf" + wire(event()), "malformed_json"),
    _event("UTF-16 with mark", wire(event()).decode().encode("utf-16"), "invalid_utf8"),
    _event("UTF-16 little", wire(event()).decode().encode("utf-16-le"), "malformed_json"),
    _event("UTF-16 big", wire(event()).decode().encode("utf-16-be"), "malformed_json"),
    _event("UTF-32", wire(event()).decode().encode("utf-32"), "invalid_utf8"),
    _event("GBK", wire(event(ext="支付")).decode().encode("gbk"), "invalid_utf8"),
    _event("Latin-1", wire(event(ext="é")).decode().encode("latin-1"), "invalid_utf8"),
    _bytes("overlong slash", b"\xc0\xaf"),
    _bytes("surrogate in UTF-8", b"\xed\xa0\x80"),
    _bytes("above U+10FFFF", b"\xf4\x90\x80\x80"),
    _event("cut in a character", wire(event(ext="字"))[:-3] + b"\xe5\xad", "invalid_utf8"),
    Case("data in GBK", ENCODED, Form.DATA, text("L1", "支付".encode("gbk")), "invalid_utf8", None,
         binary=("malformed_json", "/data")),
    Case("data is 0xff", ENCODED, Form.DATA, b"\xff\xff", "invalid_utf8", None,
         binary=("malformed_json", "/data")),
)  # fmt: skip
