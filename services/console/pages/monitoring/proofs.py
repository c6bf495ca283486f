"""One ledger entry: the event as it came, and the proof that it stands in a signed checkpoint."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.domain.lists import entry_words, local_time
from services.console.domain.proving import (
    LINKS_SHOWN,
    Checked,
    Link,
    Verify,
    check,
    linked,
)
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import scope_of
from services.console.pages.frame.trail import named, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring.asked import METHODS, name_of
from services.console.pages.monitoring.entries import EntryNumber

GENESIS: Final = "0" * 64
EVENT_SHOWN_MAX: Final = 200_000
"""Characters of an event that the page shows; all of it is a link away."""
FIELDS_MAX: Final = 60
"""Members of an event's data in the table; more than any contract has."""
VALUE_SHOWN_MAX: Final = 2_000
"""Characters of a value there; the event as it came stands below."""
WITHOUT: Final = frozenset(
    {"not_in_checkpoint", "no_checkpoints", "proof_too_long", "checkpoints_broken"}
)
"""Refusals of a proof that the page explains; anything else keeps the page from being made."""


class _Listed(msgspec.Struct):
    sequence: int
    position: int
    recorded: dt.datetime
    type: str
    publisher: str
    hash: str
    event: msgspec.Raw


class _Page(msgspec.Struct):
    items: list[_Listed]


@dataclass(frozen=True)
class Shown:
    """An entry with what was computed of it."""

    entry: _Listed
    link: Link
    """Its hash, computed from its bytes and from the hash of the entry before."""
    previous: str
    checked: Checked | None
    """None: there is no proof, `without` says why."""
    without: str

    @property
    def chained(self) -> bool:
        """Whether the hash computed is the one that the ledger lists."""
        return (self.checked.links[0] if self.checked else self.link).hash == self.entry.hash

    @property
    def standing(self) -> str:
        """proved, unsealed (not yet in a checkpoint, or too long to show) or broken."""
        if self.checked is None:
            return "broken" if self.without == "checkpoints_broken" else "unsealed"
        return "proved" if self.checked.proved else "broken"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route("/projects/{project}/entries/{sequence}/proof", methods=METHODS, name="proof")
    async def proof(project: Segment, sequence: EntryNumber, request: Request) -> Response:
        """Show the event and compute its proof again, from its raw bytes up to the signature."""
        view = view_of(request)
        scope, shown, name = await asyncio.gather(
            scope_of(services, view, project.partition("/")[0]),
            _shown(services, project, sequence),
            name_of(services, project),
        )
        zone = scope.jurisdiction["time_zone"] if scope else "UTC"
        event = bytes(shown.entry.event).decode(errors="replace")
        return page(
            "monitoring/proof.html",
            view,
            scope=scope,
            trail=_trail(view, project, name, sequence),
            project=project,
            shown=shown,
            made=_made(shown, zone),
            words=entry_words(_item(shown.entry), zone),
            fields=_fields(shown.entry),
            event=event[:EVENT_SHOWN_MAX],
            cut=len(event) > EVENT_SHOWN_MAX,
            links_shown=LINKS_SHOWN,
        )


def _trail(view: View, project: str, name: str, sequence: int) -> Any:
    address = f"/projects/{segment(project)}"
    return trail(view, named(name, address), named(f"#{sequence}"))


def _made(shown: Shown, zone: str) -> str:
    """Say when the checkpoint was signed, by the jurisdiction's clock."""
    return local_time(str(shown.checked.checkpoint["made"]), zone) if shown.checked else ""


async def _shown(services: Services, project: str, sequence: int) -> Shown:
    first = max(sequence - 2, 0)
    answer, found = await asyncio.gather(
        services.fetch(
            "intake", f"/v1/ledger/{segment(project)}", {"after": first, "limit": sequence - first}
        ),
        _proof(services, project, sequence),
    )
    listed = {one.sequence: one for one in msgspec.json.decode(answer.content, type=_Page).items}
    entry = listed.get(sequence)
    if entry is None:
        detail = f"The ledger has no entry {sequence} of {project[:64]}."
        detail_zh = f"账本中没有 {project[:64]} 的第 {sequence} 条记录。"
        raise RefusedError(status=404, code="unknown_entry", detail=detail, detail_zh=detail_zh)
    raw = bytes(entry.event)
    before = listed.get(sequence - 1)
    previous = before.hash if before is not None else GENESIS
    noted = {
        "position": entry.position,
        "recorded_ms": _ms(entry.recorded),
        "type": entry.type,
        "publisher": entry.publisher,
    }
    link = linked(previous, noted, sequence, raw)
    if isinstance(found, str):
        return Shown(entry, link, previous, None, found)
    proof, verify = found
    return Shown(entry, link, previous, check(proof, raw, entry.hash, verify), "")


async def _proof(
    services: Services, project: str, sequence: int
) -> tuple[Mapping[str, Any], Verify | None] | str:
    """Ask for the proof and the key; the code of the refusal where there is none."""
    try:
        proof, key = await asyncio.gather(
            services.get("intake", f"/v1/proofs/{segment(project)}/{sequence}"),
            services.get("intake", "/v1/checkpoints/key"),
        )
    except RefusedError as error:
        if error.code in WITHOUT:
            return error.code
        raise
    own = key["key"] == proof["checkpoint"]["key"]
    return proof, verifier(key["public_key"]) if own else None


def verifier(pem: str) -> Verify | None:
    """Make the check of signatures by a public key; None where it is none of Ed25519."""
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        return None
    if not isinstance(key, Ed25519PublicKey):
        return None

    def verify(signature: bytes, text: bytes) -> bool:
        try:
            key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    return verify


def _ms(moment: dt.datetime) -> int:
    """Write a moment as the ledger notes it, exactly."""
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def _item(entry: _Listed) -> Mapping[str, Any]:
    return {
        "sequence": entry.sequence,
        "recorded": entry.recorded.isoformat(),
        "type": entry.type,
        "hash": entry.hash,
        "event": msgspec.json.decode(entry.event),
    }


def _fields(entry: _Listed) -> list[tuple[str, str]]:
    """List the members of the event's data, each as it was written."""
    data = msgspec.json.decode(entry.event).get("data")
    if not isinstance(data, dict):
        return []
    return [
        (str(name), _written(value)[:VALUE_SHOWN_MAX])
        for name, value in islice(data.items(), FIELDS_MAX)
    ]


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
