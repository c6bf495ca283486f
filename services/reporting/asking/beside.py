"""Asking other services what stands beside forms: dispositions, publishers, the quarantine.

In the deployment's own name, so that a report says the same whoever asks for it.
"""

import asyncio
import datetime as dt
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

import httpx

from contracts.events.intake import ExpenditureRecorded
from contracts.vocabulary import Measure, wire_to_fen
from services.chassis.problems import RETRY_AFTER_SECONDS, Problem, ProblemError
from services.reporting.asking.batches import off_balance
from services.reporting.domain.completeness import Known
from services.reporting.domain.correcting import DispositionLine
from services.reporting.domain.stating import STATED_TYPES, KeptApart

PAGE: Final = 100
PAGES_MAX: Final = 200
"""Twenty thousand dispositions of a year."""
QUARANTINE_PAGE: Final = 200
QUARANTINE_PAGES_MAX: Final = 50
"""Ten thousand facts in the quarantine; of more it is said that there are more."""
AMOUNTS_READ_MAX: Final = 500
"""Payments in the quarantine whose originals are read for their amounts; of more it is said too."""
AMOUNTS_AT_ONCE: Final = 8
"""Originals that are asked for at the same time."""
AMOUNT_FAILURES_MAX: Final = 8
"""Originals that could not be read before no more are asked for: intake has other work to do."""
PAID: Final = ExpenditureRecorded.event_type()
KEPT_LOOKED_MAX: Final = 100
"""Entries of one project whose originals are looked into, the last refused first."""
KEPT_STATES: Final = ("open", "discarded")
AWAY: Final = Problem(
    503,
    "services_unreachable",
    "A service that reports rest on does not answer",
    "Dispositions are told by alerts, publishers by analysis, quarantine and batches by intake; one"
    " of them does not answer, and no half report is made.",
    hint="Try again; `dualwatch doctor` shows what is down. What is frozen stays readable.",
    title_zh="报告所依据的服务没有应答",
    detail_zh="分类处置由预警服务提供,报送单位由分析服务提供,隔离数据和批次由接入服务提供;其中之一没有"
    "应答,因此不生成不完整的报告。",
    hint_zh="请稍后重试;`dualwatch doctor` 会显示故障部分。已提交的材料仍可查阅。",
)


class Beside:
    """A client of intake, analysis and alerts."""

    def __init__(
        self,
        urls: Mapping[str, str],
        key: str,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`urls` of intake, analysis and alerts by name; nothing is connected yet."""
        headers = {"Authorization": f"Bearer {key}"}
        self._clients = {
            name: httpx.AsyncClient(
                base_url=url,
                timeout=timeout_seconds,
                headers=headers,
                trust_env=False,
                transport=transport,
                verify=trust or True,
            )
            for name, url in urls.items()
        }

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def dispositions(
        self, jurisdiction: str, fiscal_year: int, until: dt.date
    ) -> AsyncIterator[tuple[str | None, DispositionLine]]:
        """Give the dispositions of a year decided by a day, each with its department."""
        asked = {"jurisdiction": jurisdiction, "fiscal_year": fiscal_year, "limit": PAGE}
        after: str | None = None
        for _ in range(PAGES_MAX):
            more = {"after": after} if after else {}
            page = await self._get("alerts", "/v1/dispositions", {**asked, **more})
            for item in page["items"]:
                line = _disposition(item)
                if line.decided_on <= until:
                    yield item["department"], line
            after = page["next"]
            if after is None:
                return

    async def known(
        self, jurisdiction: str, fiscal_year: int, projects: AbstractSet[str] | None = None
    ) -> Known:
        """Tell when publishers were heard last, how many facts wait in the quarantine, of how much.

        And which batches of the year do not balance. The quarantine and batches are told of these
        projects alone, or all of them; publishers are the whole's.
        Analysis knows the opened day on which a publisher's facts arrived, and the latest day that
        its payments are dated; an amount is what the original of a payment states.
        """
        answer = await self._get("analysis", "/v1/jurisdictions", {})
        items = (item for item in answer["items"] if item["jurisdiction"] == jurisdiction)
        item: Mapping[str, Any] = next(items, {})
        waiting = await self._quarantined(jurisdiction, projects)
        # An analysis of before does not tell how payments are dated.
        return replace(
            waiting,
            publishers=_days(item.get("publishers", {})),
            vouchers=_days(item.get("voucher_dates", {})),
            off_balance=await off_balance(self._intake, jurisdiction, fiscal_year, projects),
        )

    async def kept_apart(self, project: str, ids: Collection[str]) -> dict[str, KeptApart]:
        """Find facts of a form in the quarantine: id → why, and whether they were discarded.

        The reason is told to whoever stated it: in the deployment's name, of these ids alone.
        """
        entries: list[dict[str, Any]] = []
        for state in KEPT_STATES:
            asked = {"jurisdiction": project.partition("/")[0], "subject": project, "state": state}
            async for page in self._quarantine(asked):
                entries += [item for item in page if item["stated"] in STATED_TYPES]
        found: dict[str, KeptApart] = {}
        entries.sort(key=lambda item: str(item["last_seen"]), reverse=True)
        for item in entries[:KEPT_LOOKED_MAX]:
            if len(found) == len(ids):
                break
            detail = await self._get("intake", f"/v1/quarantine/{item['id']}", {})
            name = _id_in(detail["original"])
            if name is not None and name in ids:
                found[name] = _kept_apart(item)
        return found

    async def _quarantined(self, jurisdiction: str, projects: AbstractSet[str] | None) -> Known:
        asked = {"jurisdiction": jurisdiction, "state": "open"}
        found, paid, seen = Counter[str](), list[tuple[str, str]](), 0
        async for page in self._quarantine(asked):
            seen += len(page)
            for item in page:
                subject = item["subject"] or jurisdiction
                if projects is not None and subject not in projects:
                    continue
                found[subject] += 1
                if item["stated"] == PAID:
                    paid.append((subject, item["id"]))
        looked = paid[:AMOUNTS_READ_MAX]
        read = await self._amounts([entry for _, entry in looked])
        amounts = Counter[str]()
        for (subject, _), fen in zip(looked, read, strict=True):
            amounts[subject] += fen or 0
        more = seen >= QUARANTINE_PAGES_MAX * QUARANTINE_PAGE
        return Known({}, found, more, amounts, len(paid) > len(looked) or None in read)

    async def _amounts(self, entries: Sequence[str]) -> list[int | None]:
        """Read what payments say was paid, a few at a time; null: that one was not read.

        One that cannot be had makes the sum a part, which is said; it takes nobody's report.
        """
        turns, failures = asyncio.Semaphore(AMOUNTS_AT_ONCE), 0

        async def read(entry: str) -> int | None:
            nonlocal failures
            async with turns:
                if failures >= AMOUNT_FAILURES_MAX:
                    return None
                try:
                    return await self._paid(entry)
                except ProblemError:
                    failures += 1
                    return None

        return await asyncio.gather(*(read(entry) for entry in entries))

    async def _paid(self, entry: str) -> int | None:
        """Read what a payment in the quarantine says was paid, fen; null: it cannot be read."""
        detail = await self._get("intake", f"/v1/quarantine/{entry}", {})
        return _amount_in(detail["original"])

    async def _quarantine(self, asked: Mapping[str, str]) -> AsyncIterator[list[dict[str, Any]]]:
        """Give the quarantine page by page, as far as it is looked through."""
        after: str | None = None
        for _ in range(QUARANTINE_PAGES_MAX):
            more = {"after": after} if after else {}
            page = await self._get(
                "intake", "/v1/quarantine", {**asked, "limit": QUARANTINE_PAGE, **more}
            )
            yield page["items"]
            after = page["next"]
            if after is None:
                return

    async def _intake(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask intake for what one of before does not know; null: it is one."""
        return await self._asked("intake", path, asked, missing=True)

    async def _get(self, service: str, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        return await self._asked(service, path, asked) or {}

    async def _asked(
        self, service: str, path: str, asked: Mapping[str, Any], *, missing: bool = False
    ) -> dict[str, Any] | None:
        try:
            answer = await self._clients[service].get(path, params=dict(asked))
            if missing and answer.status_code == httpx.codes.NOT_FOUND:
                return None
            found: dict[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProblemError(AWAY, {"Retry-After": RETRY_AFTER_SECONDS}) from error
        return found


def _days(told: Mapping[str, str]) -> dict[str, dt.date]:
    return {name: dt.date.fromisoformat(day) for name, day in told.items()}


def _id_in(original: str) -> str | None:
    """Read the id of an event that was kept as it was sent; null: it cannot be read."""
    try:
        found = json.loads(original)
    except ValueError:
        return None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def _amount_in(original: str) -> int | None:
    """Read the amount of an event that was kept as it was sent; null: it cannot be read."""
    try:
        found = json.loads(original)
        return wire_to_fen(found["data"]["amount"])
    except (ValueError, TypeError, KeyError):
        return None


def _kept_apart(item: Mapping[str, Any]) -> KeptApart:
    problem = item["problem"]
    title = str(problem.get("title", item["code"]))
    return KeptApart(
        entry=item["id"],
        state=item["state"],
        code=item["code"],
        title=title,
        title_zh=str(problem.get("title_zh", title)),
    )


def _disposition(item: Mapping[str, Any]) -> DispositionLine:
    amount = item.get("amount")
    decision = item["decision"]
    return DispositionLine(
        disposition=item["disposition_id"],
        project=item["project_id"],
        measure=Measure(item["measure"]),
        objective=item["objective_grounds"],
        ground=item["ground"],
        decided_on=dt.date.fromisoformat(item["decided_on"]),
        decided_by=decision["body"],
        number=decision.get("number"),
        amount=None if amount is None else wire_to_fen(amount),
    )
