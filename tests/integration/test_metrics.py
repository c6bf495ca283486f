"""A day's work moves the metrics that it should: scraped all the while, as Prometheus does it.

What a good day cannot move is moved by tests that say so (`mark.moves`); whatever nothing moves is
found by tests/unit/metrics/test_catalogue.py.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from contracts.codec import encode
from deploy.local.stack import Stack
from services.console.pages.frame.looking import COOKIE, SIGN_IN
from tests.e2e import test_identity as identity
from tests.support import builders
from tests.support.eventually import eventually
from tests.support.measured import OPENMETRICS, moved

pytestmark = pytest.mark.integration

MOVED: Final = (
    "dualwatch_accepted_seconds",
    "dualwatch_alerted_seconds",
    "dualwatch_alerts_changes_total",
    "dualwatch_alerts_commands_total",
    "dualwatch_alerts_day_steps_seconds",
    "dualwatch_alerts_feed_delivered_total",
    "dualwatch_alerts_organisation_days_total",
    "dualwatch_alerts_rule_evaluations_total",
    "dualwatch_alerts_subscriptions",
    "dualwatch_analysis_assessments_total",
    "dualwatch_analysis_cached_projects",
    "dualwatch_assessed_seconds",
    "dualwatch_batch_records",
    "dualwatch_batch_seconds",
    "dualwatch_build_info",
    "dualwatch_console_asked_seconds",
    "dualwatch_console_client_errors_total",
    "dualwatch_delivered_seconds",
    "dualwatch_end_position",
    "dualwatch_http_request_seconds",
    "dualwatch_http_requests_total",
    "dualwatch_intake_checkpoint_checked_seconds",
    "dualwatch_intake_checkpoint_made_seconds",
    "dualwatch_intake_checkpoints_total",
    "dualwatch_intake_day_behind_seconds",
    "dualwatch_intake_evidence_bytes_total",
    "dualwatch_intake_evidence_uploads_total",
    "dualwatch_intake_file_events_total",
    "dualwatch_intake_files_refused_total",
    "dualwatch_intake_requests_refused_total",
    "dualwatch_intake_verdicts_total",
    "dualwatch_loop_limit_seconds",
    "dualwatch_loop_progress_age_seconds",
    "dualwatch_partitions_owned",
    "dualwatch_principals_known",
    "dualwatch_projected_seconds",
    "dualwatch_publish_seconds",
    "dualwatch_ready",
    "dualwatch_records_handled_total",
    "dualwatch_records_published_total",
    "dualwatch_relayed_total",
    "dualwatch_reporting_bundled_total",
    "dualwatch_reporting_file_seconds",
    "dualwatch_reporting_files_total",
    "dualwatch_reporting_paper_seconds",
    "dualwatch_reporting_paper_steps_total",
    "dualwatch_reporting_papers_opened_total",
    "dualwatch_reporting_reminders_total",
    "dualwatch_stored_position",
    "dualwatch_unauthorised_total",
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
    "python_gc_collections_total",
    "python_gc_objects_collected_total",
)
"""What moves on a good day."""
SCRAPE_SECONDS: Final = 1.0
SERVICES: Final = (*identity.SERVICES, "console")
CARRY_THE_REQUEST: Final = frozenset(
    {
        "dualwatch_accepted_seconds",
        "dualwatch_projected_seconds",
        "dualwatch_assessed_seconds",
        "dualwatch_alerted_seconds",
        "dualwatch_delivered_seconds",
        "dualwatch_http_request_seconds",
    }
)
OWN: Final = {"sec-fetch-site": "same-origin"}
CORRELATION: Final = "metrics-test-1"
BATCH: Final = "application/cloudevents-batch+json"
EVENTS: Final = "text/event-stream"
MOVED_SECONDS: Final = 30.0
"""Longest until what follows on the day's work is scraped."""


class Scraper:
    """Scrapes all services again and again, as Prometheus would."""

    def __init__(self, stack: Stack) -> None:
        self.urls = [getattr(stack.endpoints(), name) for name in SERVICES]
        self.moved: set[str] = set()
        # A client of its own for each scrape would cost more than the scrape.
        self.http = httpx.Client(timeout=30, headers={"accept": OPENMETRICS})

    def scrape(self) -> set[str]:
        """Scrape once; give what has ever moved."""
        for url in self.urls:
            self.moved |= moved(self.http.get(f"{url}/metrics").text)
        return self.moved

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Scrape until the block ends."""
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(SCRAPE_SECONDS):
                self.scrape()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@pytest.fixture(scope="module")
def scraper(whole_stack: Stack) -> Iterator[Scraper]:
    """Work for a day while all services are scraped."""
    found = Scraper(whole_stack)
    with found.http, httpx.Client(timeout=60) as http, found.running():
        world = identity.World(whole_stack, http, {"deployment": whole_stack.endpoints().key})
        _begin(world)
        _work(world)
        _be_refused(world)
        _look_at_pages(world)
        # Twice: among what the opened day brought, the first may be neither oldest nor newest.
        for code in ("PC", "PD"):
            _follow(world, found, f"{identity.CITY}/{code}")
        yield found


def _begin(world: identity.World) -> None:
    """Let facts, people, papers, evidence, decisions and subscriptions be there."""
    identity._populate(world)
    world.create("bureau", "performance_division", jurisdictions=[identity.CITY])
    for name, unit in (("finance-a", "A"), ("finance-b", "B")):
        world.create(name, "publisher", jurisdictions=[identity.CITY], organisations=[unit])
    for name in world.keys:
        for service in identity.SERVICES:
            identity._wait_until_known(world, name, service)
    world.theirs = identity._examples(world)


def _work(world: identity.World) -> None:
    """Work on an alert, take a table in, and let the papers' due date pass."""
    key = {"idempotency-key": "seen"}
    path = f"/v1/alerts/{world.theirs['alert']}/acknowledge"
    assert world.ask("bureau", "alerts", path, "POST", headers=key, json={}).is_success
    # Of its own: what another test has handed in on this stack is not new, and adds no bytes.
    told = {"subject": identity.THEIRS, "name": "seen.pdf"}
    paper = identity.PDF + b"\n% seen\n"
    at = "/v1/evidence"
    assert world.ask("finance-b", "intake", at, "POST", params=told, content=paper).is_success
    path = f"/v1/files/{identity._uploaded(world, 'finance-a')['id']}/start"
    assert world.ask("finance-a", "intake", path, "POST").is_success
    opened = {"jurisdiction": identity.CITY, "date": "2026-09-30", "jump": True}
    assert world.ask("deployment", "intake", "/v1/days", "POST", json=opened).is_success


def _be_refused(world: identity.World) -> None:
    """Send what cannot be read, and what is no table; ask without a key."""
    told = {**identity.JSON, "content-type": BATCH}
    wanted = {"preset": identity.PRESET, "jurisdiction": identity.CITY}
    refused = [
        world.ask("finance-a", "intake", "/v1/events", "POST", content=b"{", headers=told),
        world.ask("finance-a", "intake", "/v1/files", "POST", params=wanted, content=b"\0\1"),
        world.ask(None, "intake", "/v1/position"),
    ]

    assert all(answer.is_client_error for answer in refused)


def _look_at_pages(world: identity.World) -> None:
    """Sign in at the console, look at a page of its, and let a script fail."""
    console = world.stack.endpoints().console
    form = {"by": "key", "key": world.keys["deployment"]}
    answer = world.http.post(console + SIGN_IN, data=form, headers=OWN)
    signed_in = {"cookie": f"{COOKIE}={answer.cookies[COOKIE]}", **OWN}
    world.http.cookies.clear()
    world.http.get(console, headers=signed_in)
    world.http.post(f"{console}/client-errors", data={"kind": "error"}, headers=signed_in)


def _follow(world: identity.World, scraper: Scraper, project: str) -> None:
    """Follow the news while a project spends more than it has."""
    facts = [
        builders.project(project, lead_unit="A", department="D1"),
        builders.budget(project, unit="A"),
        identity._paid(f"too-much-{project[-2:]}", project, "9000.00"),
    ]
    body = b"[" + b",".join(map(encode, facts)) + b"]"
    sent = {
        **identity.JSON,
        "content-type": BATCH,
        "x-correlation-id": CORRELATION,
    }
    headers = {"authorization": f"Bearer {world.keys['deployment']}", "accept": EVENTS}
    url = f"{world.stack.endpoints().alerts}/v1/feeds/{identity.CITY}"
    with world.http.stream("GET", url, headers=headers) as stream:
        scraper.scrape()
        world.ask("deployment", "intake", "/v1/events", "POST", content=body, headers=sent)
        assert any(project in line for line in stream.iter_lines())


def test_a_good_day_moves_what_it_should(scraper: Scraper) -> None:
    """Everything that is to move has been more than nothing at some scrape."""

    def still() -> list[str]:
        return sorted(set(MOVED) - scraper.moved)

    with contextlib.suppress(AssertionError):
        eventually(lambda: not still(), MOVED_SECONDS, "all have moved")

    assert [] == still()


def test_exemplars_name_the_request_and_nothing_else(whole_stack: Stack, scraper: Scraper) -> None:
    """From a bucket to the request behind it: its id alone, nothing of what it was about."""
    found: dict[str, set[str]] = {}
    for url in scraper.urls:
        answer = scraper.http.get(f"{url}/metrics")
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        for family in text_string_to_metric_families(answer.text):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                if sample.exemplar:
                    found.setdefault(family.name, set()).update(sample.exemplar.labels)

    assert CARRY_THE_REQUEST <= found.keys()
    assert {"correlation_id", "trace_id"} >= set().union(*found.values())
    assert "# {" not in httpx.get(f"{whole_stack.endpoints().intake}/metrics").text
