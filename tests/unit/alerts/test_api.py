"""What the HTTP API says of rules and feeds."""

import json
from typing import Any

from contracts.codec import encode
from services.alerts.api.feeds import feed_document, feed_item
from services.alerts.api.rules import rule_item
from services.alerts.domain.telling import Because, Told, event_of
from services.alerts.packs.loader import read_forms
from services.alerts.store.reading import FeedPage
from tests.unit.alerts.test_alert import RED, live

ADDRESS = "http://alerts/v1/feeds/340700"


def entry(cursor: int) -> tuple[int, dict[str, Any]]:
    """Make a feed entry as the store gives it."""
    told = Told(live(RED)[1][0], Because("event", None, 0, 1))
    return cursor, json.loads(encode(event_of(told, cursor)))


def test_an_item_is_the_event_and_what_a_feed_reader_shows() -> None:
    """Everything of the event, and JSON Feed's own words."""
    cursor, event = entry(5)
    item = feed_item(cursor, event)

    assert event.items() <= item.items()
    assert (5, "超预算开支 / Spending over budget", "1970-01-01T00:00:00Z") == (
        item["cursor"],
        item["title"],
        item["date_published"],
    )
    assert ["raised", "red", "compliance", "over_budget"] == item["tags"]
    assert "finding.subject: L-1" in item["content_text"]


def test_a_page_says_where_the_next_one_begins() -> None:
    """Also when it is the last one, or empty: a reader keeps the cursor."""
    some = feed_document(FeedPage("某市", [entry(3), entry(4)], more=True), ADDRESS, 2)
    none = feed_document(FeedPage("某市", [], more=False), ADDRESS, 4)

    assert (4, f"{ADDRESS}?cursor=4") == (some["next_cursor"], some["next_url"])
    assert (4, False) == (none["next_cursor"], "next_url" in none)


def test_rules_are_told_without_their_tests() -> None:
    """Expressions and parameters as the pack has them."""
    items = [rule_item(pack, rule) for pack in read_forms() for rule in pack.rules]

    assert {"rule_id", "pack_version", "effective_from", "when", "parameters", "basis"} <= (
        items[0].keys()
    )
    assert not any("tests" in item for item in items)
    assert json.dumps(items)
