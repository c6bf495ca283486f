"""Asking analysis for assessments of past days, over its documented HTTP API."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
from pydantic import TypeAdapter

from contracts.events.analysis import AssessmentMade
from services.chassis.asking import ServiceClient
from services.chassis.problems import Problem, ProblemError, refused

PAGE_ITEMS: Final = 200
"""What analysis gives at once at most."""
PASSED_ON: Final = ("pointer", "hint", "title_zh", "detail_zh", "hint_zh")
_ASSESSMENT: Final = TypeAdapter(AssessmentMade)


@dataclass(frozen=True)
class Assessed:
    """Some assessments of one day."""

    items: tuple[tuple[str, AssessmentMade], ...]
    """Project ids with their assessments, in the order of ids."""
    cut: str
    """What was known: all pages of a day are asked at the first one's."""
    after: str | None
    """Where the next page begins; null: there is none."""


class AnalysisClient(ServiceClient):
    """A client of analysis that passes the caller's key on."""

    async def assessed(
        self, authorization: bytes, scope: str, as_of: dt.date, before: Assessed | None = None
    ) -> Assessed:
        """Ask for a page of a scope's assessments, the one behind `before`.

        ProblemError: analysis' own refusal, or that it is away.
        """
        asked = {"scope": scope, "as_of": as_of.isoformat(), "limit": str(PAGE_ITEMS)}
        if before is not None:
            asked |= {"after": before.after or "", "at": before.cut}
        answer = await self._get(authorization, "/v1/assessments", asked)
        try:
            # In a thread: a page of assessments takes longer to read than others may wait.
            return await asyncio.to_thread(_read, answer.content)
        except (LookupError, TypeError, ValueError) as error:
            raise away() from error

    async def _get(
        self, authorization: bytes, path: str, asked: Mapping[str, str]
    ) -> httpx.Response:
        try:
            answer = await self.client.get(
                path, params=dict(asked), headers={b"Authorization": authorization}
            )
            refusal = answer.json() if answer.is_error else {}
        except (httpx.HTTPError, ValueError) as error:
            raise away() from error
        if answer.is_server_error:
            raise away()
        if answer.is_error:
            raise _passed_on(answer.status_code, refusal)
        return answer


def _read(content: bytes) -> Assessed:
    found = msgspec.json.decode(content)
    items = tuple(
        (item["project_id"], _ASSESSMENT.validate_python(item["assessment"]))
        for item in found["items"]
    )
    return Assessed(items, found["cut"], found["next"])


def away() -> ProblemError:
    """Say that analysis did not answer, or not with sense."""
    return refused(
        503,
        "analysis_away",
        ("Analysis does not answer", "分析服务没有应答"),
        ("Past days are measured by analysis.", "历史日期的测算由分析服务完成。"),
        (
            "Try again in a moment; `dualwatch doctor` shows what is down.",
            "请稍后重试;`dualwatch doctor` 会显示故障部分。",
        ),
    )


def _passed_on(status: int, said: Mapping[str, Any]) -> ProblemError:
    told = {name: said[name] for name in PASSED_ON if isinstance(said.get(name), str)}
    title, detail = str(said.get("title", "")), str(said.get("detail", ""))
    return ProblemError(Problem(status, str(said.get("code", "")), title, detail, **told))
