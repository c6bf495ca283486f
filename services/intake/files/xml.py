"""Reading XML from strangers: no DTD, no entities, no network, a bounded tree."""

import re
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Largest file that is read; the largest IATI activity files of one publisher are below it."""

# What stands before the root element; a DOCTYPE can only stand there.
_PROLOG = re.compile(rb"\A.*?(?=<[A-Za-z_:])", re.DOTALL)
_PROLOG_BYTES_MAX: Final = 64 * 1024


class UnreadableFileError(Exception):
    """The file as a whole is not what it was said to be; nothing of it was mapped."""


def parse(raw: bytes) -> Element:
    """Parse a whole document and return its root; UnreadableFileError says why not.

    A DTD is refused before the parser sees it: with it go entities, and with entities every
    known way to blow up or to read a foreign file.
    """
    if len(raw) > FILE_BYTES_MAX:
        msg = f"larger than {FILE_BYTES_MAX:,} bytes"
        raise UnreadableFileError(msg)
    # UTF-16 and UTF-32 write ASCII with zero bytes in between.
    prolog = _PROLOG.match(raw[:_PROLOG_BYTES_MAX].replace(b"\0", b""))
    if prolog and b"<!DOCTYPE" in prolog[0]:
        raise UnreadableFileError(_DTD_REFUSED)
    try:
        root = etree.fromstring(raw, _parser())
    except etree.XMLSyntaxError as error:
        msg = f"not well-formed XML: {error.msg}"
        raise UnreadableFileError(msg) from error
    # A comment can hide the DOCTYPE from the look above, not from the parsed document.
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFileError(_DTD_REFUSED)
    return root


_DTD_REFUSED: Final = "a document type definition (DOCTYPE) is not accepted"


def _parser() -> etree.XMLParser:
    # A new one per file: lxml's parsers keep state between documents.
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def attribute(element: Element | None, name: str) -> str | None:
    """Return an attribute without outer spaces; None if element or attribute is not there."""
    value = None if element is None else element.get(name)
    return None if value is None else value.strip()


def words(element: Element | None) -> str:
    """Return what an element says: its first narrative (version 2) or its text (version 1)."""
    if element is None:
        return ""
    for narrative in element.findall("narrative"):
        if text := (narrative.text or "").strip():
            return text
    return (element.text or "").strip()


def first_words(parent: Element, name: str) -> str:
    """Return what the first child of that name that says anything says."""
    return next((text for child in parent.findall(name) if (text := words(child))), "")


__all__ = [
    "FILE_BYTES_MAX",
    "Element",
    "UnreadableFileError",
    "attribute",
    "first_words",
    "parse",
    "words",
]
