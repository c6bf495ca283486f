"""JSONL: lines pass as they are; what would spoil a batch is told apart."""

import io

import pytest

from services.intake.files import jsonl
from services.intake.files.jsonl import fits_a_batch, read_jsonl


def test_lines_pass_untouched_with_their_numbers() -> None:
    """White space around a line, blank lines and a byte order mark are no part of an event."""
    stream = io.BytesIO(b'\xef\xbb\xbf{"a" : 1.50}\r\n\n  {"b":"\xc3\xa9"}  \nnonsense')

    assert [(1, b'{"a" : 1.50}'), (3, b'{"b":"\xc3\xa9"}'), (4, b"nonsense")] == [
        (line.number, line.raw) for line in read_jsonl(stream)
    ]


def test_a_line_without_end_is_cut_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by the limit, and the next line is read as usual."""
    monkeypatch.setattr(jsonl, "LINE_BYTES_MAX", 10)
    lines = list(read_jsonl(io.BytesIO(b"x" * 35 + b"\n{}\n" + b"y" * 10)))

    assert [(1, False), (2, True), (3, True)] == [(ln.number, ln.complete) for ln in lines]
    assert len(lines[0].raw) <= 11


@pytest.mark.parametrize(
    "raw", [b"{", b"NaN", b'{"a":Infinity}', b'{"a":"\xff"}', b"{} {}", b"[" * 100_000]
)
def test_what_is_no_json_does_not_fit_a_batch(raw: bytes) -> None:
    """One such line would make the whole array unreadable."""
    assert not fits_a_batch(raw)


@pytest.mark.parametrize("raw", [b"{}", b"42", b'{"a":1,"a":2}', b'{"a":"\\ud800"}'])
def test_what_is_json_fits_whatever_it_says(raw: bytes) -> None:
    """Intake judges events one by one."""
    assert fits_a_batch(raw)
