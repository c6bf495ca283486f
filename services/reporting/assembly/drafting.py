"""Saving fields of drafts, of one paper or of many: all of a request, or none of it."""

from collections.abc import Mapping, Sequence

from services.chassis import clock
from services.chassis.answers import Answer
from services.chassis.identity import Principal
from services.reporting.assembly.papers import Papers, UnknownPaperError, sees
from services.reporting.assembly.stepping import answer_of
from services.reporting.domain.draft import DraftFault, Saving, draft_faults, saved
from services.reporting.domain.paper import Paper, may_fill
from services.reporting.outputs import report_styles
from services.reporting.store import papers as paper_store
from services.reporting.store.commanding import Commands, Plan, StaleError, Write
from services.reporting.store.papers import paper_document

PAPERS_MAX = 200
"""Most papers of one request: a unit's forms."""


class DraftFaultsError(Exception):
    """Some fields cannot be saved; nothing was."""

    def __init__(self, faults: Sequence[DraftFault]) -> None:
        """Carry all faults."""
        super().__init__(f"{len(faults)} fields")
        self.faults = tuple(faults)


class Drafting:
    """Saves fields."""

    def __init__(self, papers: Papers, commands: Commands) -> None:
        """Both are made by the app."""
        self._papers = papers
        self._commands = commands
        self.answers = commands.answers

    async def save(
        self,
        asking: Principal,
        paper: str,
        savings: Sequence[Saving],
        key: str,
        mark: bytes,
        version: int | None = None,
    ) -> Answer:
        """Save fields of one paper; RefusedError, DraftFaultsError, StaleError: none is saved."""

        async def plan() -> Plan:
            after, write = await self._saved(asking, paper, savings, version)
            return Plan(answer_of(after), (write,))

        return await self._commands.carry_out(key, mark, plan)

    async def save_many(
        self,
        asking: Principal,
        savings: Mapping[str, Sequence[Saving]],
        key: str,
        mark: bytes,
    ) -> Answer:
        """Save fields of many papers at once; DraftFaultsError tells the faults of all of them.

        Papers without a field are left as they are.
        """

        async def plan() -> Plan:
            faults: list[DraftFault] = []
            writes: list[Write] = []
            last: Paper | None = None
            for name, fields in savings.items():
                try:
                    last, write = await self._saved(asking, name, fields, None)
                except DraftFaultsError as error:
                    faults += error.faults
                else:
                    writes.append(write)
            if faults:
                raise DraftFaultsError(faults)
            if last is None:
                raise UnknownPaperError
            return Plan(answer_of(last), tuple(writes))

        return await self._commands.carry_out(key, mark, plan)

    async def _saved(
        self, asking: Principal, name: str, savings: Sequence[Saving], version: int | None
    ) -> tuple[Paper, Write]:
        paper = await self._papers.stores.papers.paper(name)
        if paper is None or not sees(asking, paper):
            raise UnknownPaperError(name)
        if version not in {None, paper.version}:
            raise StaleError(paper.version)
        campaign = await self._papers.campaign(paper)
        acting = await self._papers.acting(asking, campaign)
        may_fill(paper, acting)
        figures = await self._papers.stores.papers.figures(name)
        sections = {heading.key for heading in report_styles.current().outline.sections}
        faults = draft_faults(paper, savings, campaign, figures, sections)
        if faults:
            raise DraftFaultsError(faults)
        after = saved(paper, acting, savings, clock.now())
        return after, Write(paper_store.COLLECTION, paper_document(after), paper.version)
