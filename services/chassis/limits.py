"""How many requests a principal may send to a process: a bucket each, 429 when it is empty.

It keeps one caller's loop from taking the service from all others; it is far above what people
and their programs need. What costs more has limits of its own: events, files, evidence, sign-ins,
streams. The deployment's own key has none: it is the operators'.
"""

import math
from collections import OrderedDict
from typing import Final

from services.chassis import metrics
from services.chassis.identity import DEPLOYMENT
from services.chassis.problems import Problem

PRINCIPALS_MAX: Final = 10_000
"""Principals whose buckets are remembered; the longest silent go first, and theirs are full."""

LIMITED = metrics.counter(
    "dualwatch_http_limited_total",
    "Requests that were refused because their principal had sent too many.",
)


class RequestLimit:
    """A bucket for every principal, all of one rate."""

    def __init__(self, per_second: float, burst: int) -> None:
        """Every bucket begins full."""
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, principal: str, now: float) -> float:
        """Take one request; give 0, or the seconds until there is room for it.

        `now` is a monotonic clock in seconds. Nothing is taken from whoever has to come back.
        """
        if principal == DEPLOYMENT:
            return 0.0
        buckets = self._buckets
        level, at = buckets.get(principal, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._per_second)
        enough = level >= 1
        buckets[principal] = (level - 1 if enough else level, now)
        buckets.move_to_end(principal)
        if len(buckets) > PRINCIPALS_MAX:
            buckets.popitem(last=False)
        return 0.0 if enough else (1 - level) / self._per_second


def refusal(seconds: float) -> tuple[Problem, dict[str, str]]:
    """Count and word the refusal of whoever has to wait so long."""
    LIMITED.inc()
    wait = max(1, math.ceil(seconds))
    problem = Problem(
        429,
        "too_many_requests",
        "Too many requests",
        "This key has sent more requests than one caller may for the moment.",
        hint=f"Send the same request again in {wait} s.",
        title_zh="请求过多",
        detail_zh="该密钥的请求已超过单个调用方的限额。",
        hint_zh=f"请在 {wait} 秒后重发。",
    )
    return problem, {"Retry-After": str(wait)}
