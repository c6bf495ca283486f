"""Whose turn it is: which steps of a paper somebody may do now."""

from contracts.vocabulary import PaperState
from services.reporting.domain.paper import (
    APPROVERS,
    BUREAU,
    FILLERS,
    SETTLERS,
    WAY,
    Acting,
    Paper,
)


def yours(paper: Paper, acting: Acting) -> tuple[str, ...]:
    """Name the steps that somebody may do now, so that nobody is offered what is refused."""
    found = [*_filling(paper, acting), *_looking(paper, acting)] if acting.campaign_open else []
    fills = bool(acting.roles & (FILLERS[paper.kind] | BUREAU))
    if acting.campaign_open and paper.state is PaperState.ACCEPTED and fills:
        found.append("reopen")
    if paper.edition and fills:
        found.append("seal")
    if acting.roles & SETTLERS and any(d.answer is None for d in paper.disputes):
        found.append("settle")
    return tuple(found)


def _filling(paper: Paper, acting: Acting) -> list[str]:
    fills, bureau = bool(acting.roles & FILLERS[paper.kind]), bool(acting.roles & BUREAU)
    found: list[str] = []
    if paper.state is PaperState.FILLING and (fills or bureau):
        found = ["draft", "delegate"]
        found += ["dispute"] if paper.project else []
        found += ["submit"] if fills else []
        found += ["enter"] if bureau else []
    if fills and not paper.entered and paper.state is WAY[paper.kind][1]:
        found.append("withdraw")
    return found


def _looking(paper: Paper, acting: Acting) -> list[str]:
    if not acting.roles & APPROVERS.get(paper.state, frozenset()):
        return []
    return ["return"] if paper.submitted_by == acting.by else ["approve", "return"]
