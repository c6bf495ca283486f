"""Sending through the file door: a finance system's nightly export of payment vouchers, as CSV."""

import csv
import io
import json
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import httpx

from services.intake.files.mapper import Context
from services.intake.files.outcomes import Mapped
from services.intake.files.presets import preset
from tests.fault.net.chance import Chance
from tests.fault.net.inputlog import Line, Outcome
from tests.fault.net.load import Fact

PRESET: Final = "payment-vouchers"
NAME: Final = "vouchers.csv"
HEADING: Final = (
    *("支付凭证号", "状态", "预算年度", "项目编码", "指标ID", "实际支付金额", "实际支付日期"),
)
PAID: Final = "已支付"
DONE: Final = "done"
ANSWER_SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.3
PATIENCE_SECONDS: Final = 420.0
"""Longest that one file is tried again, faults and all."""
AGAIN: Final = frozenset({404, 409, 429, 500, 502, 503, 504})
"""A file that another process is still reading is not there yet, or cannot be started yet."""


class FileSender:
    """Uploads, starts and follows one file at a time, at any of intake's processes."""

    def __init__(self, urls: Sequence[str], key: str, chance: Chance) -> None:
        """`chance` is this sender's own."""
        self._urls, self._chance = urls, chance
        self._pause = threading.Event()
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(headers=headers, timeout=timeout, trust_env=False)
        self.retries = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, jurisdiction: str, file: bytes, lines: Sequence[Line]) -> None:
        """Send a file until all its rows are decided, and note that they are."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (found := self._taken_in(jurisdiction, file, give_up)) is None:
            self._wait(give_up)
        counts = found["counts"]
        if counts["accepted"] + counts["duplicate"] != len(lines):
            raise AssertionError(found)
        for line in lines:
            line.decide(Outcome.ACKED)

    def _taken_in(self, jurisdiction: str, file: bytes, give_up: float) -> dict[str, Any] | None:
        """Take each step; what is done stays done, so all may be asked for again."""
        asked = {"preset": PRESET, "jurisdiction": jurisdiction, "name": NAME}
        uploaded = self._ask("POST", "/v1/files", params=asked, content=file)
        if uploaded is None:
            return None
        path = f"/v1/files/{uploaded['id']}"
        started = self._ask("POST", f"{path}/start")
        return None if started is None else self._followed(path, give_up)

    def _followed(self, path: str, give_up: float) -> dict[str, Any] | None:
        while True:
            found = self._ask("GET", path)
            if found is None or found["state"] == DONE:
                return found
            self._pause.wait(PAUSE_SECONDS)
            if time.monotonic() > give_up:
                raise AssertionError(found)

    def _ask(self, method: str, path: str, **asked: Any) -> dict[str, Any] | None:
        """Ask one process; None when it is to be asked again."""
        try:
            answer = self._http.request(method, self._chance.choice(self._urls) + path, **asked)
        except httpx.TransportError:
            return None
        if answer.status_code in AGAIN:
            return None
        if answer.is_error:
            message = f"intake answered {answer.status_code}: {answer.text[:500]}"
            raise AssertionError(message)
        found: dict[str, Any] = answer.json()
        return found

    def _wait(self, give_up: float) -> None:
        self.retries += 1
        if time.monotonic() > give_up:
            raise AssertionError(PATIENCE_SECONDS)
        self._pause.wait(PAUSE_SECONDS)


def table_of(facts: Sequence[Fact]) -> bytes:
    """Write payments as the export has them."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADING)
    for fact in facts:
        data = json.loads(fact.raw)["data"]
        project = fact.subject.partition("/")[2]
        number, year, line = data["document"]["number"], data["fiscal_year"], data["line"]
        rows.writerow([number, PAID, year, project, line, data["amount"], data["date"]])
    return text.getvalue().encode("gb18030")


def events_of(jurisdiction: str, file: bytes, facts: Sequence[Fact]) -> list[bytes]:
    """Give the events that the rows become, each with the payment's own figures."""
    opened = preset(PRESET).open(io.BytesIO(file), NAME, Context(jurisdiction))
    events = []
    for outcome, fact in zip(opened.outcomes, facts, strict=True):
        assert isinstance(outcome, Mapped), outcome
        made, stated = json.loads(outcome.event), json.loads(fact.raw)
        for name in ("date", "fiscal_year", "line", "amount"):
            assert made["data"][name] == stated["data"][name], (made, stated)
        assert made["subject"] == stated["subject"]
        events.append(outcome.event)
    return events
