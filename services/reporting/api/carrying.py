"""Carrying out what people do with papers: a refusal becomes the problem that tells it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from contracts.vocabulary import PaperKind
from services.chassis import metrics
from services.chassis.answers import KeyReusedError
from services.chassis.evidence import IntakeAwayError
from services.chassis.problems import ProblemError
from services.chassis.refusals import key_reused
from services.reporting.api import paper_problems as problems
from services.reporting.assembly.drafting import DraftFaultsError
from services.reporting.assembly.papers import UnknownPaperError
from services.reporting.assembly.submitting import (
    IncompleteError,
    OnTheirWayError,
    RefusedStatementsError,
)
from services.reporting.domain.declaration import FieldFault
from services.reporting.domain.draft import (
    UNREADABLE,
    DraftFault,
    TooLargeError,
    UnknownFieldError,
)
from services.reporting.domain.paper import Paper, RefusedError
from services.reporting.store.commanding import BusyError, StaleError

T = TypeVar("T")

STEPS: Final = metrics.counter(
    "dualwatch_reporting_paper_steps_total",
    "Steps of papers by kind of paper, step and outcome: done, repeated, or why they were refused.",
    ("kind", "step", "outcome"),
)
_ERRORS: Final = (
    RefusedError,
    StaleError,
    KeyReusedError,
    BusyError,
    UnknownPaperError,
    IncompleteError,
    OnTheirWayError,
    RefusedStatementsError,
    IntakeAwayError,
    DraftFaultsError,
    UnknownFieldError,
    FieldFault,
    TooLargeError,
)


def count(kind: PaperKind, step: str, outcome: str) -> None:
    """Count a step."""
    STEPS.labels(kind.value, step, outcome).inc()


async def told(paper: Paper, step: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do what somebody commands; what refuses it is counted and told."""
    try:
        return await work()
    except ProblemError as error:
        count(paper.kind, step, error.problem.code)
        raise
    except _ERRORS as error:
        problem = problem_of(error, paper.id)
        count(paper.kind, step, problem.problem.code)
        raise problem from error


def problem_of(error: Exception, paper: str) -> ProblemError:
    """Tell why a step was not carried out."""
    make = _TOLD.get(type(error))
    return problems.busy() if make is None else make(error, paper)


def _unreadable(error: FieldFault, paper: str) -> ProblemError:
    words = (error.reason, error.reason_zh)
    return problems.faulty([DraftFault(paper, 0, error.pointer, UNREADABLE, *words)])


_TOLD: Final[Mapping[type[Exception], Callable[[Any, str], ProblemError]]] = {
    RefusedError: lambda error, _: problems.refused(error),
    StaleError: lambda error, _: problems.stale(error.version),
    KeyReusedError: lambda _error, _: key_reused(),
    UnknownPaperError: lambda _, paper: problems.unknown_paper(paper),
    IncompleteError: lambda error, _: problems.incomplete(error.gaps),
    OnTheirWayError: lambda _error, _: problems.on_their_way(),
    RefusedStatementsError: lambda error, _: problems.refused_statements(error.refused),
    IntakeAwayError: lambda _error, _: problems.intake_unreachable(),
    DraftFaultsError: lambda error, _: problems.faulty(error.faults),
    UnknownFieldError: lambda error, _: problems.unknown_field(
        error.field, error.reason, error.reason_zh
    ),
    FieldFault: _unreadable,
    TooLargeError: lambda _error, _: problems.too_large(),
}
