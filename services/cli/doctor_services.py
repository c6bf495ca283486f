"""What the doctor asks of services: `/livez`, `/readyz`, `/metrics`, and whether our key opens."""

import datetime as dt
import email.utils
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.cli.client import Client, problem_of
from services.cli.errors import CliError
from services.cli.findings import Finding, clock, fault, ok, span, unknown, warning
from services.cli.masking import masked_address
from services.cli.places import Service

REBUILDING: Final = "rebuilding"
QUARANTINE_WARNING: Final = 100
"""Open entries that somebody should look at."""
QUARANTINE_SECONDS_WARNING: Final = 3 * 86_400
CHECKPOINT_SECONDS_WARNING: Final = 3 * 3_600
"""They are made hourly while the ledger grows."""
OUTBOX: Final = "dualwatch_outbox_waiting_records"
OUTBOX_WARNING: Final = 10_000


@dataclass
class Sample:
    """What one process says of itself in figures."""

    values: list[tuple[str, dict[str, str], float]] = field(default_factory=list)

    def all(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Give every value of a metric, with its labels."""
        return [(labels, value) for found, labels, value in self.values if found == name]

    def total(self, name: str) -> float:
        """Add all values of a metric up."""
        return sum(value for _, value in self.all(name))

    def largest(self, name: str) -> float:
        """Give the largest value of a metric; 0 if there is none."""
        return max((value for _, value in self.all(name)), default=0.0)


def examine(client: Client) -> list[Finding]:
    """Ask every service; what one does not say is told as unknown."""
    found: list[Finding] = []
    versions: dict[str, str] = {}
    for service in Service:
        try:
            url = client.places.url(service)
            condition = list(_condition(client, service))
        except CliError as error:
            do = f"start it; is {service.variable} right? its log says why it ended"
            found.append(fault("service", service, str(error), do, "dualwatchservicedown"))
            continue
        found += condition
        found += _figures(client, service, versions)
        if url.startswith("http://") and not _is_near(url):
            do = "let it speak HTTPS (docs/operations.md), or put a proxy with TLS before it"
            words = f"{masked_address(url)} sends keys in the clear"
            found.append(warning("tls", service, words, do))
    return [*found, *_versions(versions)]


def _is_near(url: str) -> bool:
    return httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}


def _condition(client: Client, service: Service) -> Iterator[Finding]:
    """Say whether it lives, is ready and knows our key; its clock comes with the answer."""
    asked = time.time()
    live = client.look(service, "/livez")
    took = time.time() - asked
    if (date := live.headers.get("date")) is not None:
        told = email.utils.parsedate_to_datetime(date).timestamp()
        # Whole seconds, cut off: half a second is the best guess of the rest.
        yield clock(service, told + 0.5 - (asked + took / 2))
    if live.is_error:
        words = f"it runs but makes no progress{_failing(live)}"
        do = f"see the log of {service}, and restart it"
        yield fault("service", service, words, do, "dualwatchloopstalled")
        return
    ready = client.look(service, "/readyz")
    if ready.is_error:
        yield _not_ready(service, _failing(ready))
    elif client.look(service, "/v1/position").status_code == httpx.codes.UNAUTHORIZED:
        words = "it is ready but refuses the key"
        yield fault("service", service, words, "set DUALWATCH_KEY to its key")
    else:
        yield ok("service", service, "ready")


def _not_ready(service: Service, failing: str) -> Finding:
    if REBUILDING in failing:
        words = f"a projection is being made anew{failing}"
        return warning("rebuild", service, words, "wait: it takes over by itself")
    if "ledger restore" in failing:
        do = "dualwatch ledger restore"
        return fault("service", service, f"it waits{failing}", do, "backup.md")
    words = f"it runs but something it needs is missing{failing}"
    return fault("service", service, words, "bring back what it names", "dualwatchnotready")


def _failing(answer: httpx.Response) -> str:
    """Name the failing checks of a health answer, whatever else it says."""
    found = problem_of(answer)
    checks = found.get("checks", found)
    failing = [
        f"{name}: {state}"
        for name, state in (checks.items() if isinstance(checks, dict) else ())
        if isinstance(state, str) and state != "ok"
    ]
    return f" ({'; '.join(failing) or answer.status_code})"


def _figures(client: Client, service: Service, versions: dict[str, str]) -> Iterator[Finding]:
    try:
        sample = _sample(client, service)
    except (CliError, ValueError) as error:
        do = "the shipped proxies keep /metrics to the inside: ask from within, as Prometheus does"
        yield unknown("figures", service, str(error), do)
        sample = None
    if sample is not None:
        yield from _told(service, sample, versions)
    if service is Service.INTAKE:
        yield _checkpoints(client, sample)


def _told(service: Service, sample: Sample, versions: dict[str, str]) -> Iterator[Finding]:
    for labels, _ in sample.all("dualwatch_build_info"):
        versions[service] = labels.get("version", "")
    if waiting := sample.largest(OUTBOX):
        words = f"{waiting:,.0f} records of one partition are not on Kafka yet"
        if waiting >= OUTBOX_WARNING:
            do = f"does Kafka take records? see `publish` in the log of {service}"
            yield warning("outbox", service, words, do, "dualwatchoutboxstuck")
        else:
            yield ok("outbox", service, words)
    if service is Service.INTAKE:
        yield _quarantine(sample)


def _sample(client: Client, service: Service) -> Sample:
    answer = client.look(service, "/metrics")
    if answer.is_error:
        message = f"/metrics answered {answer.status_code}"
        raise ValueError(message)
    families = text_string_to_metric_families(answer.text)
    return Sample(
        [(each.name, dict(each.labels), each.value) for found in families for each in found.samples]
    )


def _quarantine(sample: Sample) -> Finding:
    waiting = sample.total("dualwatch_intake_quarantine_open")
    oldest = sample.largest("dualwatch_intake_quarantine_oldest_seconds")
    do = "dualwatch quarantine list"
    if not waiting:
        return ok("quarantine", "intake", "nothing waits")
    words = f"{waiting:,.0f} entries wait, the oldest for {span(oldest)}"
    if oldest >= QUARANTINE_SECONDS_WARNING:
        return warning("quarantine", "intake", words, do, "dualwatchquarantineold")
    if waiting >= QUARANTINE_WARNING:
        return warning("quarantine", "intake", words, do, "dualwatchquarantinegrowing")
    return ok("quarantine", "intake", words)


def _checkpoints(client: Client, sample: Sample | None) -> Finding:
    """Say when the ledger was last found covered: by any process, not only by the one asked."""
    # The figure is of one process alone; it helps where the list is not open to our key.
    checked = sample.largest("dualwatch_intake_checkpoint_checked_seconds") if sample else 0.0
    try:
        answer = client.look(Service.INTAKE, "/v1/checkpoints?limit=1")
    except CliError as error:
        return unknown("checkpoints", "intake", str(error), "is intake reached from here?")
    if answer.is_success:
        checked = max(checked, _moment(answer))
    if not checked and (answer.is_success or answer.status_code == httpx.codes.NOT_FOUND):
        words = "no process has found the ledger covered by a checkpoint"
        do = (
            "set DUALWATCH_INTAKE__CHECKPOINTS and …CHECKPOINT_KEY_FILE; "
            "just started: `dualwatch ledger checkpoint`"
        )
        return warning("checkpoints", "intake", words, do, "dualwatchcheckpointold")
    if not checked:
        words = f"/v1/checkpoints answered {answer.status_code}"
        return unknown("checkpoints", "intake", words, "ask with a key that may verify the ledger")
    age = time.time() - checked
    words = f"the ledger was covered by a checkpoint {span(age)} ago"
    if age >= CHECKPOINT_SECONDS_WARNING:
        do = "dualwatch ledger checkpoint"
        return warning("checkpoints", "intake", words, do, "dualwatchcheckpointold")
    return ok("checkpoints", "intake", words)


def _moment(answer: httpx.Response) -> float:
    """Read when; 0 if intake says never, or is of a release that does not say it."""
    told = problem_of(answer).get("checked")
    return dt.datetime.fromisoformat(told).timestamp() if isinstance(told, str) else 0.0


def _versions(versions: dict[str, str]) -> Iterable[Finding]:
    if not versions:
        return []
    known = sorted(set(versions.values()))
    if len(known) == 1:
        return [ok("versions", "services", f"all are of release {known[0]}")]
    words = ", ".join(f"{service} {version}" for service, version in versions.items())
    do = "bring all to one release: consumers before producers"
    return [warning("versions", "services", words, do, "dualwatchversionsmixed")]
