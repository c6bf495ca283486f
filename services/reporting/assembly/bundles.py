"""Bundles of papers' files: made part by part, by whichever instance lives, in bounded memory."""

import asyncio
from dataclasses import replace
from typing import Final

from contracts.vocabulary import FormLayout, PaperKind
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.problems import Problem, ProblemError
from services.chassis.service import AWAY
from services.reporting.assembly.papers import Papers, UnknownPaperError
from services.reporting.assembly.rendering import Renderer
from services.reporting.domain.declaration import FieldFault
from services.reporting.domain.editions import form_of, report_of, with_code
from services.reporting.domain.paper import Paper
from services.reporting.outputs.fonts import FontsMissingError
from services.reporting.outputs.form_template import UnknownTemplateError
from services.reporting.outputs.plain import printable
from services.reporting.outputs.rendering import (
    FileFormat,
    FormatMissingError,
    Paperlike,
    file_name,
)
from services.reporting.outputs.report_docx import TemplateFaultError
from services.reporting.outputs.typesetting import TypesettingError
from services.reporting.outputs.zipping import ZipTooLargeError, zip_end, zip_part
from services.reporting.store.commanding import ConflictError
from services.reporting.store.downloads import (
    SKIPPED_MAX,
    Download,
    DownloadState,
    DownloadStore,
    Part,
)

PART_PAPERS: Final = 20
"""Papers of one part: what is in memory at a time."""
PART_SECONDS: Final = 5.0
"""Begun later than this, a file goes into the next part: well before the lease is over, so that no
other instance begins the part anew."""
LOOK_SECONDS: Final = 1.0
NOT_MADE: Final = (
    UnknownPaperError,
    UnknownTemplateError,
    TemplateFaultError,
    TypesettingError,
    FormatMissingError,
    FieldFault,
)
"""Why there is no file of one paper: the bundle is made without it, and says so."""
REASON_SIGNS_MAX: Final = 200
SWEEP_EVERY: Final = 600
"""Looks between two searches for bundles whose time is over."""
NAME_SIGNS_MAX: Final = 80

BUNDLED = metrics.counter("dualwatch_reporting_bundled_total", "Files put into bundles.")

log = get_logger(__name__)


class Bundler:
    """A task of every instance; each part is one instance's."""

    def __init__(self, store: DownloadStore, papers: Papers, renderer: Renderer) -> None:
        """Nothing is made before `run`."""
        self._store = store
        self._papers = papers
        self._renderer = renderer
        self._woken = asyncio.Event()

    def nudge(self) -> None:
        """Look at once: a bundle is to be made."""
        self._woken.set()

    async def run(self) -> None:
        """Make what is to be made, for ever."""
        looks = 0
        while True:
            self._woken.clear()
            try:
                while (found := await self._store.claim(clock.now_ms())) is not None:
                    await self._make(found)
                if looks % SWEEP_EVERY == 0:
                    await self._store.sweep()
                looks += 1
            except AWAY as error:
                log.warning("bundling_waits", reason=repr(error))
            except ConflictError:
                log.info("bundle_left_to_another")
            try:
                async with asyncio.timeout(clock.jittered(LOOK_SECONDS)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _make(self, found: Download) -> None:
        try:
            while found.done < found.total:
                found = await self._part(found)
            await self._end(found)
        except ProblemError as error:
            # What others could not answer is tried again when the lease is over.
            await self._store.hinder(found, _hindrance(error.problem))
            log.warning("bundle_hindered", download=found.id, reason=error.problem.code)
        except (FontsMissingError, ZipTooLargeError) as error:
            await self._store.fail(found, str(error) or "the bundle is too large for a zip")
            log.warning("bundle_failed", download=found.id, reason=repr(error))

    async def _part(self, found: Download) -> Download:
        names = await self._store.papers(found, PART_PAPERS)
        files: list[tuple[str, bytes]] = []
        skipped = list(found.skipped)
        done, ends = found.done, clock.monotonic() + PART_SECONDS
        for name in names:
            if done > found.done and clock.monotonic() > ends:
                break
            done += 1
            try:
                files.append(await self._file(found, name, done))
            except NOT_MADE as why:
                if len(skipped) < SKIPPED_MAX:
                    skipped.append({"paper": name, "reason": _reason(why)})
        made = zip_part(files, found.size)
        after = replace(
            found,
            version=found.version + 1,
            state=DownloadState.MAKING,
            done=done if names else found.total,
            parts=found.parts + 1,
            entries=found.entries + made.entries,
            size=found.size + len(made.content),
            skipped=tuple(skipped),
            reason=None,
        )
        part = Part(found.parts, made.content, made.directory)
        await self._store.advance(found, after, part, clock.now_ms())
        BUNDLED.inc(made.entries)
        return after

    async def _file(self, found: Download, name: str, number: int) -> tuple[str, bytes]:
        paper = await self._papers.stores.papers.paper(name)
        if paper is None:
            raise UnknownPaperError(name)
        content = await self._content(paper)
        wanted = FileFormat(found.format)
        layout = FormLayout(found.layout) if found.layout else None
        made = await self._renderer.render(content, wanted, layout)
        folder = "/".join(_plain(code) for code in (paper.department, paper.unit) if code)
        return f"{folder or '_'}/{number:05d}-{_plain(file_name(content, wanted))}", made.content

    async def _content(self, paper: Paper) -> Paperlike:
        """Give the edition that was handed in last, or the paper as it stands if none was."""
        if paper.handed:
            found = await self._papers.stores.papers.edition(paper.id, paper.handed[-1])
            if found is not None:
                return (form_of if paper.kind is PaperKind.FORM else report_of)(found.content)
        campaign = await self._papers.campaign(paper)
        if paper.kind is PaperKind.FORM:
            return with_code(await self._papers.live_form(campaign, paper))
        return await self._papers.live_report(campaign, paper, None)

    async def _end(self, found: Download) -> None:
        directories = await self._store.directories(found.id)
        end = zip_end(directories, found.entries, found.size)
        after = replace(
            found,
            version=found.version + 1,
            state=DownloadState.READY,
            parts=found.parts + 1,
            size=found.size + len(end),
            reason=None,
        )
        await self._store.tidy(found.id)
        await self._store.advance(found, after, Part(found.parts, end, b""), clock.now_ms())
        log.info("bundle_ready", download=found.id, files=found.entries, bytes=after.size)


def _hindrance(problem: Problem) -> str:
    """Say in both languages what a bundle waits for."""
    words = [words for words in (problem.title_zh, problem.title) if words]
    return printable(" / ".join(words), REASON_SIGNS_MAX)


def _reason(why: Exception) -> str:
    return printable(str(why) or type(why).__name__, REASON_SIGNS_MAX)


def _plain(name: str) -> str:
    """Make a name that no program takes for a path."""
    signs = printable(name).replace("/", "_").replace("\\", "_").replace("\n", " ")
    if len(signs) > NAME_SIGNS_MAX:
        stem, dot, suffix = signs.rpartition(".")
        signs = f"{stem[:NAME_SIGNS_MAX]}{dot}{suffix}" if dot else signs[:NAME_SIGNS_MAX]
    return signs.strip(". ") or "_"
