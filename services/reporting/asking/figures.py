"""Asking analysis for figures as of a date, over its documented HTTP API."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Light, wire_to_fen
from services.chassis.asking import ServiceClient
from services.chassis.problems import Problem, ProblemError
from services.reporting.domain import ProjectLine

PAGE_ROWS: Final = 500
PAGES_MAX: Final = 2_000
"""A million projects: more than a province has."""

_ASSESSMENT: Final = TypeAdapter(AssessmentMade)
_PASSED_ON: Final = ("pointer", "hint", "title_zh", "detail_zh", "hint_zh")
_FAILED: Final = Problem(
    502,
    "analysis_failed",
    "Analysis could not answer",
    "Analysis answered with what is no answer of its own.",
    hint="Try again in a moment; `dualwatch doctor` shows what is down.",
    title_zh="分析服务无法应答",
    detail_zh="分析服务的应答无法识别。",
    hint_zh="请稍后重试;`dualwatch doctor` 会显示故障部分。",
)


@dataclass(frozen=True)
class Measured:
    """One project's assessment as analysis answered it, and the cut it rests on."""

    assessment: AssessmentMade
    cut: str


@dataclass(frozen=True)
class AssessedPage:
    """Some whole assessments of one moment."""

    items: tuple[tuple[str, AssessmentMade], ...]
    """Project ids with their assessments, in the order of ids."""
    cut: str
    next: str | None
    """Where the page after them begins; null: there is none."""


class Figures(ServiceClient):
    """A client of analysis."""

    async def project(
        self,
        authorization: bytes,
        project: str,
        fiscal_year: int | None,
        as_of: dt.date | None,
        at_least: str | None,
        wait_seconds: float,
        at: str | None = None,
    ) -> Measured:
        """Ask for one project in the caller's name; analysis' own problems are passed on.

        `at` is a cut: what was known then is told.
        """
        known = {} if at is None else {"as_known_at": at}
        found = await self._get(
            authorization,
            f"/v1/projects/{quote(project, safe='')}",
            {**_parameters(fiscal_year, as_of, at_least, wait_seconds), **known},
        )
        return Measured(_ASSESSMENT.validate_python(found["assessment"]), found["cut"])

    async def assessments(
        self,
        authorization: bytes,
        scope: str,
        fiscal_year: int,
        as_of: dt.date,
        *,
        at: str | None,
        after: str | None,
        limit: int,
    ) -> AssessedPage:
        """Ask for whole assessments of a scope; without `at`, the answer's cut is the present."""
        given = {
            "scope": scope,
            "fiscal_year": fiscal_year,
            "as_of": as_of.isoformat(),
            "at": at,
            "after": after,
            "limit": limit,
        }
        parameters = {name: value for name, value in given.items() if value is not None}
        found = await self._get(authorization, "/v1/assessments", parameters)
        items = tuple(
            (item["project_id"], _ASSESSMENT.validate_python(item["assessment"]))
            for item in found["items"]
        )
        return AssessedPage(items, found["cut"], found["next"])

    async def rows(
        self,
        authorization: bytes,
        jurisdiction: str,
        department: str,
        fiscal_year: int | None,
        as_of: dt.date | None,
        at_least: str | None,
        wait_seconds: float,
    ) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Ask for a department's projects that the caller may see, each row with its cut."""
        after: str | None = None
        for _ in range(PAGES_MAX):
            found = await self._get(
                authorization,
                "/v1/projects",
                {
                    **_parameters(fiscal_year, as_of, at_least, wait_seconds),
                    "jurisdiction": jurisdiction,
                    "department": department,
                    "limit": PAGE_ROWS,
                    **({"after": after} if after else {}),
                },
            )
            for row in found["items"]:
                yield found["position"], row
            after = found["next"]
            if after is None:
                return

    async def _get(
        self, authorization: bytes, path: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        headers = {b"Authorization": authorization}
        try:
            answer = await self.client.get(path, params=parameters, headers=headers)
        except httpx.HTTPError as error:
            raise ProblemError(
                Problem(
                    503,
                    "analysis_unreachable",
                    "Analysis does not answer",
                    f"Figures come from analysis, which did not answer: {type(error).__name__}.",
                    hint="Try again in a moment; `dualwatch doctor` shows what is down.",
                    title_zh="分析服务没有应答",
                    detail_zh=f"数据由分析服务提供,目前没有应答: {type(error).__name__}。",
                    hint_zh="请稍后重试;`dualwatch doctor` 会显示故障部分。",
                ),
                {"Retry-After": "5"},
            ) from error
        try:
            document = answer.json()
        except ValueError as error:
            raise ProblemError(_FAILED) from error
        if not isinstance(document, dict):
            raise ProblemError(_FAILED)
        if answer.is_error:
            raise ProblemError(_passed_on(answer.status_code, document))
        return document


def _passed_on(status: int, document: dict[str, Any]) -> Problem:
    told: dict[str, Any] = {name: document.get(name) for name in _PASSED_ON}
    return Problem(
        status if status < 500 else 502,  # noqa: PLR2004 - HTTP's classes
        str(document.get("code", _FAILED.code)),
        str(document.get("title", _FAILED.title)),
        str(document.get("detail", "")),
        **told,
    )


def _parameters(
    fiscal_year: int | None, as_of: dt.date | None, at_least: str | None, wait_seconds: float
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "fiscal_year": fiscal_year,
        "as_of": as_of.isoformat() if as_of else None,
        "at_least": at_least,
        "wait": wait_seconds if at_least else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def line_of(row: dict[str, Any]) -> ProjectLine:
    """Read one row of analysis' list."""
    return ProjectLine(
        project_id=row["project_id"],
        department=row["department"],
        original_budget=wire_to_fen(row["original_budget"]),
        adjusted_budget=wire_to_fen(row["adjusted_budget"]),
        disbursed=wire_to_fen(row["disbursed"]),
        spent=wire_to_fen(row["spent"]),
        indicators=row["indicators"],
        judged=row["judged"],
        execution_light=_light(row["execution_light"]),
        attainment_light=_light(row["attainment_light"]),
        light=_light(row["light"]),
        findings=row["findings"],
    )


def _light(value: str | None) -> Light | None:
    return Light(value) if value else None
