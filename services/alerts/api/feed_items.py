"""An entry of a feed as it is given out: JSON Feed 1.1, Atom (RFC 4287)."""

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET

from services.alerts.domain.feed import Entry
from services.alerts.store.feeding import FeedPage

JSON_FEED: Final = "https://jsonfeed.org/version/1.1"
ATOM: Final = "http://www.w3.org/2005/Atom"
BEGINNING: Final = "1970-01-01T00:00:00Z"
"""When a feed without entries was last changed."""
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_document(page: FeedPage, name: str, address: str, following: str) -> dict[str, Any]:
    """Write a page of a feed; `next_cursor` is where the reader is now, also on an empty page."""
    document: dict[str, Any] = {
        "version": JSON_FEED,
        "title": title_of(name),
        "feed_url": address,
        "items": [feed_item(entry) for entry in page.entries],
        "next_cursor": page.upto,
        "last_cursor": page.head,
    }
    if page.more:
        document["next_url"] = following
    return document


def title_of(name: str) -> str:
    """Name a jurisdiction's feed."""
    return f"预警 Alerts: {name}"


def feed_item(entry: Entry) -> dict[str, Any]:
    """Write an entry: the event itself, and what a feed reader shows of it."""
    event, data = entry.event, entry.event["data"]
    return {
        **event,
        "cursor": entry.cursor,
        "muted": entry.muted or data.get("muted"),
        "title": f"{data['title_zh']} / {data['title_en']}",
        "content_text": "\n".join(_content(entry)),
        "date_published": event["time"],
        "tags": [entry.kind, data["severity"], data["aspect"], data["rule"]],
    }


def _content(entry: Entry) -> Iterator[str]:
    data = entry.event["data"]
    yield f"{entry.kind}: {entry.event['subject']} {data['scope_subject']}"
    for fact in data.get("facts", []):
        yield f"{fact['name']}: {fact['value']}"
    for name, value in (data.get("detail") or {}).items():
        if isinstance(value, str | int) and value != "":
            yield f"{name}: {value}"


def atom_document(page: FeedPage, name: str, address: str, following: str) -> bytes:
    """Write a page as an Atom feed: what anybody wrote in it is text, never markup."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", address)
    _add(feed, "title", title_of(name))
    _add(feed, "updated", page.entries[-1].event["time"] if page.entries else BEGINNING)
    _add(feed, "link", rel="self", href=address)
    if page.more:
        _add(feed, "link", rel="next", href=following)
    author = _add(feed, "author")
    _add(author, "name", "Dualwatch")
    for entry in page.entries:
        item = feed_item(entry)
        told = _add(feed, "entry")
        _add(told, "id", f"urn:dualwatch:alert-event:{item['id']}")
        _add(told, "title", item["title"])
        _add(told, "updated", item["date_published"])
        for tag in item["tags"]:
            _add(told, "category", term=tag)
        _add(told, "content", item["content_text"], type="text")
    found: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return found


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    given = {key: _clean(value) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", given)
    element.text = None if text is None else _clean(text)
    return element


def _clean(text: str) -> str:
    """Replace what XML cannot say at all, such as NUL."""
    return _NO_XML.sub("\ufffd", text)
