"""What people say of a subscription: how it is made, and what of it they change."""

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import Code, Identifier
from services.alerts.api.parameters import CURSOR_MAX
from services.alerts.domain.addresses import URL_CHARACTERS_MAX
from services.alerts.domain.subscriptions import (
    EVERYTHING,
    WINDOW_SECONDS_DEFAULT,
    WINDOW_SECONDS_MAX,
    Channel,
    Language,
    Reason,
    State,
    Subscription,
    Wanted,
)
from services.alerts.store.subscriptions import line_of, shard_of

Window = Annotated[int, Field(strict=True, ge=1, le=WINDOW_SECONDS_MAX)]
Address = Annotated[str, Field(min_length=1, max_length=URL_CHARACTERS_MAX)]
After = Annotated[int, Field(strict=True, ge=0, le=CURSOR_MAX)]


class NewSubscription(BaseModel):
    """What a subscription is made of."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Identifier
    """For people."""
    jurisdiction: Code
    """Whose feed."""
    filter: Wanted = EVERYTHING
    """What of it."""
    channel: Channel
    """By which way."""
    address: Address
    """URL or e-mail address."""
    language: Language = Language.ZH
    """Of mails."""
    window_seconds: Window = WINDOW_SECONDS_DEFAULT
    """Mails: how long entries are gathered for one."""
    after: After | None = None
    """Deliver what follows on this cursor; default: what is new from now on."""


class Change(BaseModel):
    """What of a subscription is changed: what is left out stays."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Identifier | None = None
    """For people."""
    filter: Wanted | None = None
    """What of the feed; all of it is replaced."""
    address: Address | None = None
    """Where to; what failed is tried again at once."""
    language: Language | None = None
    """Of mails."""
    window_seconds: Window | None = None
    """Mails: how long entries are gathered for one."""
    state: Literal["active", "paused"] | None = None
    """`active` also resumes what was disabled: behind the last entry that was delivered."""
    after: After | None = None
    """Go on behind this cursor: entries that were delivered come again under the same ids."""


NOTHING: Final = Change()
"""A change without a body."""


def changed(known: Subscription, wanted: Change, now_ms: int) -> tuple[Subscription, bool]:
    """Apply a change; tell whether what is under way then does not count."""
    fields = ("name", "address", "language", "window_seconds")
    plain = {n: getattr(wanted, n) for n in fields if getattr(wanted, n) is not None}
    after = replace(known, **plain, changed_ms=now_ms)
    if wanted.filter is not None:
        after = replace(after, wanted=wanted.filter)
    if wanted.state == State.PAUSED.value:
        after = replace(after, state=State.PAUSED, reason=Reason.OWNER)
    elif wanted.state == State.ACTIVE.value:
        after = replace(after, state=State.ACTIVE, reason=None)
    line = line_of(known.channel, known.id, known.owner, after.address, after.language)
    after = replace(after, line=line, shard=shard_of(line))
    resumed = after.state is State.ACTIVE and known.state is not State.ACTIVE
    elsewhere = (after.address, line) != (known.address, known.line)
    return after, resumed or elsewhere or wanted.after is not None
