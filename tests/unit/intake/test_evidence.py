"""What a file is, told by its bytes; what it may be called."""

import io
import zipfile

import pytest

from services.intake.api.evidence import disposition
from services.intake.domain.evidence import (
    HEAD_BYTES,
    TAIL_BYTES,
    Edges,
    NotTakenError,
    media_type_of,
    plain_name,
)
from tests.support.papers import GIF, JPEG, OFFICE, OLE, PDF, TIFF, WEBP, office, png

DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")


def edges(content: bytes) -> Edges:
    return Edges(content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content))


SOUND = {
    "application/pdf": PDF,
    "image/png": png(),
    "image/gif": GIF,
    "image/jpeg": JPEG,
    "image/tiff": TIFF,
    "image/webp": WEBP,
    "application/msword": OLE,
    f"{OFFICE}wordprocessingml.document": DOCX,
    f"{OFFICE}spreadsheetml.sheet": XLSX,
    f"{OFFICE}presentationml.presentation": office("ppt/presentation.xml"),
}


@pytest.mark.parametrize("media_type", SOUND)
def test_the_bytes_say_what_it_is(media_type: str) -> None:
    """Whether the type is claimed or not."""
    found = edges(SOUND[media_type])

    assert media_type == media_type_of(found, media_type, "evidence")
    assert media_type == media_type_of(found, "application/octet-stream", "evidence")


def _plain_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "a")
    return out.getvalue()


HOSTILE = {
    "text": (b"hello", "", "a", "unknown_type"),
    "html": (b"<html><script>alert(1)</script>", "text/html", "a", "unknown_type"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "a", "unknown_type"),
    "program": (b"MZ\x90\x00" + bytes(100), "application/pdf", "a.pdf", "unknown_type"),
    "other claim": (PDF, "image/png", "a", "other_type"),
    "program's name": (PDF, "application/pdf", "a.exe", "other_name"),
    "picture's name": (PDF, "application/pdf", "a.png", "other_name"),
    "pdf and zip": (PDF[:-6] + DOCX + b"%%EOF", "application/pdf", "a.pdf", "two_types"),
    "picture and zip": (png() + DOCX, "image/png", "a.png", "two_types"),
    "picture and script": (png() + b"<script>", "image/png", "a.png", "unknown_type"),
    "jpeg and program": (JPEG + b"MZ", "image/jpeg", "a.jpg", "unknown_type"),
    "pdf not at the start": (b"<html>" + PDF, "application/pdf", "a.pdf", "unknown_type"),
    "cut pdf": (PDF[:-8], "application/pdf", "a.pdf", "unknown_type"),
    "plain zip": (_plain_zip(), "application/zip", "a.zip", "unknown_type"),
    "zip called office": (_plain_zip(), f"{OFFICE}spreadsheetml.sheet", "a.xlsx", "unknown_type"),
    "office and more": (DOCX + b"<script>", "", "a.docx", "two_types"),
    "two offices": (office("word/document.xml", "xl/workbook.xml"), "", "a", "unknown_type"),
    "macros": (office("word/document.xml", "word/vbaProject.bin"), "", "a.docx", "macros"),
    "cut office": (DOCX[:-30], "", "a.docx", "unknown_type"),
    "webp of another size": (WEBP + b"\x00\x00", "image/webp", "a.webp", "unknown_type"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_not_taken(case: str) -> None:
    """Wrong, cut, or two things at once."""
    content, claimed, name, why = HOSTILE[case]
    with pytest.raises(NotTakenError) as caught:
        media_type_of(edges(content), claimed, name)

    assert why == caught.value.why


def test_a_bomb_is_not_opened() -> None:
    """Its contents are never unpacked: it is a file of some bytes."""
    bomb = office("xl/workbook.xml", filling=bytes(50_000_000))

    assert f"{OFFICE}spreadsheetml.sheet" == media_type_of(edges(bomb), "", "a.xlsx")


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("现场照片.jpg", "现场照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\验收.pdf", "验收.pdf"),
        ("a/b/..", "evidence"),
        ("", "evidence"),
        ("…\r\nSet-Cookie: x=1.pdf", "…Set-Cookie x=1.pdf"),
        ('a".pdf', "a.pdf"),
        ("gnp.\u202efdp.pdf", "gnp.fdp.pdf"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        (".htaccess", "htaccess"),
    ],
)
def test_a_name_is_only_a_name(given: str, plain: str) -> None:
    """No folders, no line breaks, nothing that turns the reading around."""
    assert plain == plain_name(given)


def test_a_name_in_a_header_is_plain_ascii() -> None:
    """With the real one beside it, encoded."""
    said = disposition("现场 照片.jpg")

    assert said.isascii()
    assert said.startswith('attachment; filename="__ __.jpg"; ')
    assert said.endswith("filename*=UTF-8''%E7%8E%B0%E5%9C%BA%20%E7%85%A7%E7%89%87.jpg")
