"""By what a webhook's message is found again: what the event names, if a header can carry it."""

import httpx
import pytest

from contracts.codec import encode_json
from services.alerts.domain.delivery import context_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_message_carries_what_its_event_names() -> None:
    """Under the names that requests have."""
    event = encode_json({"id": "1", "correlationid": "a-1", "traceparent": TRACE})

    assert {"x-correlation-id": "a-1", "traceparent": TRACE} == context_of(event)
    assert {} == context_of(b"{}")


@pytest.mark.parametrize("named", ["开日 2026", "a\r\nx-admin: 1", "a\n", "x" * 65, "ü"])
def test_what_no_header_can_carry_is_left_out(named: str) -> None:
    """An event may name any text of 256 characters; a message that cannot go stops its line."""
    found = context_of(encode_json({"correlationid": named, "traceparent": named}))

    assert {} == found
    httpx.Headers(found)
