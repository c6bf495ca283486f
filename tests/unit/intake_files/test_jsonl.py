"""JSONL: lines pass as they are."""

import io

import pytest

from services.intake.files import jsonl
from services.intake.files.jsonl import read_jsonl


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
