"""Signatures: as the standard's own example and library have them."""

import datetime as dt
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from services.alerts.domain.signing import (
    headers_of,
    read_secret,
    secret_text,
    signature,
    verifies,
)

PAGE = Path(__file__).parents[3] / "docs" / "subscriptions.md"
# The example of the standard's libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signs_the_example_of_the_standard() -> None:
    """Id, seconds and body, between full stops."""
    assert SIGNATURE == signature(read_secret(SECRET), ID, SECONDS, BODY)


@given(st.binary(min_size=24, max_size=64), st.from_regex(r"[0-9a-f]{32}_[0-9]{1,9}"), st.text())
def test_signs_as_the_library_of_the_standard(key: bytes, name: str, text: str) -> None:
    """Whatever is signed."""
    moment = dt.datetime.fromtimestamp(SECONDS, dt.UTC)
    wanted = Webhook(secret_text(key)).sign(name, moment, text)

    assert wanted == signature(key, name, SECONDS, text.encode())


def test_every_valid_secret_signs() -> None:
    """A receiver that knows one of them verifies."""
    keys = [b"a" * 32, b"b" * 32]
    headers = headers_of(keys, ID, SECONDS, BODY)

    assert all(verifies(key, headers, BODY, SECONDS + 10) for key in keys)
    assert not verifies(b"c" * 32, headers, BODY, SECONDS)
    assert not verifies(keys[0], headers, BODY + b" ", SECONDS)
    assert not verifies(keys[0], {**headers, "webhook-id": "other"}, BODY, SECONDS)


def test_old_and_broken_messages_are_not_verified() -> None:
    """What was recorded and sent again later, and what is no message at all."""
    key = b"a" * 32
    headers = headers_of([key], ID, SECONDS, BODY)

    assert not verifies(key, headers, BODY, SECONDS + 301)
    assert not verifies(key, {}, BODY, SECONDS)
    assert not verifies(key, {**headers, "webhook-timestamp": "now"}, BODY, SECONDS)


@given(st.binary(min_size=24, max_size=64))
def test_secrets_are_read_as_they_are_written(key: bytes) -> None:
    """whsec_ and base64."""
    assert key == read_secret(secret_text(key))


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "x" * 200])
def test_no_secret_is_read_out_of_anything_else(text: str) -> None:
    """Too short, too long, or no base64."""
    with pytest.raises(ValueError, match="secret"):
        read_secret(text)


def test_the_example_for_receivers_verifies_what_we_sign() -> None:
    """The page's code, as it stands there."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102 - our own page
    now, keys = int(time.time()), [b"a" * 32, b"b" * 32]
    headers = headers_of(keys, ID, now, BODY)
    verify = names["verify"]

    assert [True, True] == [verify(secret_text(key), headers, BODY) for key in keys]
    assert not verify(secret_text(b"c" * 32), headers, BODY)
    assert not verify(secret_text(keys[0]), headers, BODY + b" ")
    assert not verify(secret_text(keys[0]), headers_of(keys, ID, now - 400, BODY), BODY)
