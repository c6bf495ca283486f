"""Asking alerts which rule packs are in force, over its documented HTTP API."""

import datetime as dt
from typing import Any, Final

import httpx

from services.chassis.asking import ServiceClient
from services.chassis.problems import RETRY_AFTER_SECONDS, Problem, ProblemError

AWAY: Final = Problem(
    503,
    "alerts_unreachable",
    "Alerts does not answer",
    "Rule packs in force are told by alerts, which does not answer; nothing was done.",
    hint="Try again in a moment; `dualwatch doctor` shows what is down.",
    title_zh="预警服务没有应答",
    detail_zh="现行规则包由预警服务提供,目前没有应答;操作未执行。",
    hint_zh="请稍后重试;`dualwatch doctor` 会显示故障部分。",
)


class Alerts(ServiceClient):
    """A client of alerts."""

    async def packs(self, authorization: bytes, jurisdiction: str, day: dt.date) -> tuple[str, ...]:
        """Name the packs in force on a day, such as `city 3`."""
        try:
            answer = await self.client.get(
                "/v1/rules",
                params={"jurisdiction": jurisdiction, "as_of": day.isoformat()},
                headers={b"Authorization": authorization},
            )
            document: dict[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProblemError(AWAY, {"Retry-After": RETRY_AFTER_SECONDS}) from error
        found = {layer.replace("@", " ") for rule in document["items"] for layer in rule["layers"]}
        return tuple(sorted(found))
