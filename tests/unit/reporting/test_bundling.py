"""Bundles in the making: short parts however long a file takes, papers left out with the reason."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from contracts.vocabulary import PaperKind
from services.chassis import clock
from services.chassis.problems import ProblemError
from services.reporting.asking.beside import AWAY
from services.reporting.assembly import bundles
from services.reporting.assembly.bundles import PART_SECONDS, Bundler
from services.reporting.outputs.typesetting import TypesettingError
from services.reporting.store.downloads import Download
from tests.support.forms import filled
from tests.support.looped import looped

PAPERS: Final = ("a", "b", "c", "d")


class ReadyError(Exception):
    """Ends the task of the test: nothing is left to make."""


class World:
    """A store, papers and a renderer whose files take long, in memory."""

    def __init__(self, seconds: float, fails: str = "") -> None:
        self.seconds, self.now, self.fails, self.at = seconds, 0.0, fails, ""
        self.kept = Download("d", "u", "1/c", "pdf", None, "m", total=len(PAPERS))
        self.error: Exception = TypesettingError("a sign" * 100)
        self.parts: list[int] = []
        self.claimed = False

    async def claim(self, _now_ms: int) -> Download:
        """Give it once."""
        if self.claimed:
            raise ReadyError
        self.claimed = True
        return self.kept

    async def papers(self, download: Download, count: int) -> Sequence[str]:
        """Name the next."""
        return PAPERS[download.done :][:count]

    async def advance(self, _before: Download, after: Download, *_: Any) -> None:
        """Note how far it came."""
        self.parts.append(after.done)
        self.kept = after

    async def hinder(self, download: Download, reason: str) -> None:
        """Note what it waits for."""
        self.kept = replace(download, reason=reason)

    async def directories(self, _download: str) -> list[bytes]:
        """Give none."""
        return []

    async def tidy(self, *_: Any) -> None:
        """Nothing is left over."""

    async def paper(self, name: str) -> Any:
        """Find a paper."""
        self.at = name
        return SimpleNamespace(id=name, handed=(), kind=PaperKind.FORM, department="D", unit=name)

    async def campaign(self, _paper: Any) -> None:
        """None is looked at."""

    async def live_form(self, _campaign: Any, _paper: Any) -> Any:
        """Take so long."""
        self.now += self.seconds
        return filled()

    async def render(self, *_: Any) -> Any:
        """Fail for one paper."""
        if self.at == self.fails:
            raise self.error
        return SimpleNamespace(content=b"file")

    def make(self) -> None:
        """Make the bundle."""
        papers: Any = SimpleNamespace(
            stores=SimpleNamespace(papers=self), campaign=self.campaign, live_form=self.live_form
        )
        store: Any = self
        with pytest.raises(ReadyError):
            looped(Bundler(store, papers, store).run())


@pytest.mark.parametrize(("seconds", "parts"), [(0.0, [4, 4]), (PART_SECONDS * 0.6, [2, 4, 4])])
def test_a_part_ends_before_its_lease(
    monkeypatch: pytest.MonkeyPatch, seconds: float, parts: list[int]
) -> None:
    """Else two instances would each begin anew what the other has not ended."""
    world = World(seconds)
    monkeypatch.setattr(clock, "monotonic", lambda: world.now)
    world.make()

    assert world.parts == parts


def test_what_cannot_be_set_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """One paper does not end the task, and the service with it, again and again."""
    world = World(0.1, fails="b")
    monkeypatch.setattr(clock, "monotonic", lambda: world.now)
    world.make()

    (skipped,) = world.kept.skipped
    assert skipped["paper"] == "b"
    assert len(skipped["reason"]) == bundles.REASON_SIGNS_MAX
    assert (world.kept.entries, world.kept.state.value) == (3, "ready")


def test_a_bundle_that_is_hindered_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """In both languages; going on takes the words away."""
    world = World(0.1, fails="b")
    monkeypatch.setattr(clock, "monotonic", lambda: world.now)
    world.error = ProblemError(AWAY)
    world.make()

    hindered = world.kept
    assert hindered.reason == f"{AWAY.title_zh} / {AWAY.title}"
    assert hindered.state.value != "failed"
    world.claimed, world.fails = False, ""
    world.make()
    made = world.kept
    assert (made.reason, made.state.value) == (None, "ready")
