"""Which projects a campaign asks for a form (Art. 4, 7, 12; domain-rules 19, 23). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import (
    IndicatorBehaviour,
    Light,
    PriorityListKind,
    ProjectState,
)
from services.reporting.domain.campaign import QUANTITY_DEVIATION_BP, Campaign, Scope, ScopeKind
from services.reporting.domain.filled import Figures

WHOLE_BP: Final = 10_000
OPEN_STATES: Final = frozenset({ProjectState.ACTIVE, ProjectState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be known of a project that was asked, as it was when the campaign was opened."""

    paper: str
    jurisdiction: str
    campaign: str
    project: str
    unit: str | None
    department: str | None
    targets: bool
    """Whether it has approved targets (domain-rules 24: coverage)."""
    priority: bool
    """Whether it was on the bureau's priority list."""


def active(assessment: AssessmentMade) -> bool:
    """Whether a project has a budget, money or an open state in the year (domain-rules 8)."""
    money = assessment.execution.money
    return (
        bool(assessment.execution.lines)
        or bool(money.spent or money.disbursed)
        or assessment.standing.state in OPEN_STATES
    )


def asked_for(campaign: Campaign, project: str, found: AssessmentMade, *, lags: bool) -> bool:
    """Whether a campaign asks for a project's form; `lags` says it of an earlier campaign.

    Subtrees are chosen when projects are asked for, by the tree of the cut-off.
    """
    return (
        active(found)
        and (not campaign.priority_only or PriorityListKind.BUREAU in found.standing.priority)
        and _within(campaign.scope, project, found, lags=lags)
    )


def _within(scope: Scope, project: str, found: AssessmentMade, *, lags: bool) -> bool:
    match scope.kind:
        case ScopeKind.ACCOUNTS:
            return any(line.account in scope.accounts for line in found.execution.lines)
        case ScopeKind.PROJECTS:
            return project in scope.projects or project.split("/", 1)[1] in scope.projects
        case ScopeKind.PRIORITY:
            return bool(found.standing.priority)
        case ScopeKind.LAGGING:
            return lags
        case _:
            return True


def lagging(figures: Figures) -> bool:
    """Whether a form shows a red project, or a quantity indicator that deviates by over 30 %.

    Deviation is from what was expected at the cut-off, to either side (domain-rules 23). Treasury
    money is that of the campaign's cut: what came later is on no form of it.
    """
    shown = figures.shown
    if shown.light is Light.RED:
        return True
    return any(
        indicator.behaviour is IndicatorBehaviour.PROGRESS
        and indicator.ratio_bp is not None
        and abs(indicator.ratio_bp - WHOLE_BP) > QUANTITY_DEVIATION_BP
        for indicator in shown.attainment.indicators
    )


def scopes(campaign: Campaign, above: Mapping[str, str | None]) -> tuple[str, ...]:
    """Name what projects are asked for by: the jurisdiction, or the roots of disjoint subtrees.

    `above` tells each organisation's parent. What lies beyond the planner's bounds is left out.
    """
    wanted = campaign.scope.organisations or campaign.bounds
    if campaign.scope.organisations and campaign.bounds:
        inner = {code for code in wanted if _below(code, campaign.bounds, above)}
        # Where bounds lie within what was named, they are all that is left of it.
        inner |= {code for code in campaign.bounds if _below(code, wanted, above)}
        wanted = tuple(inner)
    if not wanted:
        return () if campaign.scope.organisations else (campaign.jurisdiction,)
    roots = sorted(set(wanted))
    others = [code for code in roots if not _below(code, set(roots) - {code}, above)]
    return tuple(f"{campaign.jurisdiction}/{code}" for code in others)


def _below(code: str, roots: Iterable[str], above: Mapping[str, str | None]) -> bool:
    """Whether an organisation is one of the roots or lies below one; a ring ends."""
    wanted, seen, place = set(roots), set[str](), code
    while place not in wanted:
        seen.add(place)
        parent = above.get(place)
        if parent is None or parent in seen:
            return False
        place = parent
    return True
