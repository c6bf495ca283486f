"""Rules as the command line judges by them: shipped packs, and those published on a stack."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.alerts.domain.layers import (
    Layer,
    LayerKey,
    Published,
    RuleBook,
    RuleSet,
    StoredPack,
    stack,
)
from services.alerts.domain.rules import Pack, Rule, rules_at
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.checking import Checked, check
from services.alerts.packs.loader import PACK_BYTES_MAX, PackError, load_layer, load_packs
from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.places import Service

EVALUATOR: Final = CelEvaluator()


@cache
def shipped() -> tuple[Pack, ...]:
    """Read the packs of this release."""
    return load_packs(EVALUATOR)


def read_pack(file: Path) -> bytes:
    """Read a pack file; CliError if it cannot be read or is too large."""
    try:
        with file.open("rb") as opened:
            content = opened.read(PACK_BYTES_MAX + 1)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(content) > PACK_BYTES_MAX:
        message = f"{file} has more than {PACK_BYTES_MAX:,} bytes"
        raise CliError(message, ExitCode.USAGE)
    return content


def below_of(content: bytes, rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules a pack is laid upon: all but those of a shipped pack that it is itself."""
    own = next((pack for pack in shipped() if _is(pack, content)), None)
    names = {rule.id for rule in own.rules} if own else set()
    return [rule for rule in rules if rule.id not in names]


def _is(pack: Pack, content: bytes) -> bool:
    file = Path(__file__).parents[1] / "alerts" / "packs" / f"{pack.id}.yaml"
    return file.is_file() and file.read_bytes() == content


def checked(content: bytes, rules: Sequence[Rule]) -> Checked:
    """Check a pack against the rules below it."""
    return check(content, below_of(content, rules), EVALUATOR)


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of a jurisdiction as they are published on a stack."""

    book: RuleBook
    jurisdiction: str

    def at(self, department: str | None, day: dt.date) -> RuleSet:
        """Return the rules in force."""
        return self.book.at(self.jurisdiction, department, day)


def published_book(client: Client, jurisdiction: str) -> Book:
    """Ask a stack which packs are published for a jurisdiction, and read them."""
    asked = {"jurisdiction": jurisdiction}
    found = client.get(Service.ALERTS, "/v1/rules/packs", asked)
    layers: dict[LayerKey, Layer] = {}
    for item in found["items"]:
        if item["content"] is None:
            continue
        pack = _pack_of(item)
        try:
            layers[pack.key] = pack.laid(load_layer(pack.content.encode(), EVALUATOR))
        except PackError:
            continue
    above = found["above"]
    parents = dict(zip(above[1:], above, strict=False))
    return Book(RuleBook(shipped(), Published(layers, parents)), jurisdiction)


def _pack_of(item: Mapping[str, Any]) -> StoredPack:
    until = item["effective_to"]
    return StoredPack(
        LayerKey(
            item["jurisdiction"], item["organisation"] or "", item["pack"], int(item["version"])
        ),
        dt.date.fromisoformat(item["effective_from"]),
        dt.date.fromisoformat(until) if until else None,
        item["sha256"],
        item["content"],
        dt.date.fromisoformat(item["published_on"]),
    )


def with_pack(rules: Sequence[Rule], content: bytes) -> RuleSet:
    """Lay a pack upon rules; CliError if it is faulty by itself."""
    try:
        layer = load_layer(content, EVALUATOR)
    except PackError as error:
        message = "the pack is faulty, see `dualwatch rules check`: " + "; ".join(error.faults[:3])
        raise CliError(message, ExitCode.FAILED_CHECK) from error
    return stack(rules, [layer])


def shipped_rules(day: dt.date) -> tuple[Rule, ...]:
    """Return the shipped rules at a date."""
    return rules_at(shipped(), day)
