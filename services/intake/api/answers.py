"""Answers as bytes: receipts, problems, and JSON that quotes events exactly as they are kept."""

from collections.abc import Mapping
from typing import Final

import msgspec
from fastapi.responses import Response

from contracts.record import format_cut
from services.chassis import problems
from services.chassis.problems import Problem
from services.intake.domain.receipts import Counts, Result, count, results_of
from services.intake.domain.verdicts import Refusal, Verdict
from services.intake.store.reading import Reader, Request
from services.intake.store.settling import Settled

JSON: Final = "application/json"

Refused = Mapping[int, tuple[Refusal, str]]
"""What the door itself refused: index → why, and the quarantine id."""


class Receipt(msgspec.Struct):
    """What is known of a request."""

    receipt: str
    """Ask for it again under /v1/receipts/{receipt}."""
    results: list[Result]
    counts: Counts
    position: str
    """A cut that covers every accepted event of the request."""


def answer(
    content: object,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON; `msgspec.Raw` inside it goes out byte for byte."""
    return Response(msgspec.json.encode(content), status, headers, media_type)


async def receipt_of(
    reader: Reader, request: Request, settled: Settled, refused: Refused
) -> Receipt:
    """Put a receipt together, with the problems of what owners have quarantined."""
    results = results_of(request.event_ids, settled.decided, refused)
    unexplained = [
        result.quarantine
        for result in results
        if result.quarantine is not None and result.problem is None
    ]
    if unexplained:
        texts = await reader.problems(unexplained)
        for result in results:
            if result.problem is None and result.quarantine in texts:
                result.problem = msgspec.Raw(texts[result.quarantine].encode())
    return Receipt(request.request_id.hex(), results, count(results), format_cut(settled.cut))


def batch_answer(receipt: Receipt, headers: Mapping[str, str], *, all_refused: bool) -> Response:
    """Answer a batch: 202, or a problem if the door refused every event."""
    if not all_refused:
        return answer(receipt, 202, headers=headers)
    problem = Problem(
        422,
        "all_refused",
        "Every event of the batch was refused",
        f"{len(receipt.results)} events, none of them can be taken; each says why.",
        hint="See results[].problem; the events are kept in quarantine.",
        title_zh="整批事件均被拒收",
        detail_zh=f"共 {len(receipt.results)} 个事件,均不能受理,原因见各自的 problem。",
        hint_zh="请查看 results[].problem;事件已存入隔离区。",
    )
    members = {**problem.document(), **msgspec.structs.asdict(receipt)}
    return answer(members, 422, problems.MEDIA_TYPE, headers)


def single_answer(receipt: Receipt, headers: Mapping[str, str]) -> Response:
    """Answer a single event: its verdict, or the problem that it is."""
    result = receipt.results[0]
    if result.problem is not None:
        problem = msgspec.json.decode(result.problem)
        members = {
            **problem,
            "receipt": receipt.receipt,
            "verdict": result.verdict,
            "quarantine": result.quarantine,
        }
        return answer(members, problem["status"], problems.MEDIA_TYPE, headers)
    status = "pending" if result.verdict is Verdict.PENDING else "decided"
    members = {"receipt": receipt.receipt, "status": status, "cut": receipt.position}
    return answer({**members, **msgspec.structs.asdict(result)}, 202, headers=headers)
