"""Nobody reaches what is another's, by any address of the console, nor by its lists and files.

The routes are the console's own table (`routes.py`): one that is added later is asked as well.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from services.console.pages.frame.looking import SIGN_IN
from tests.e2e import test_identity as identity
from tests.e2e.console.routes import ASKED, PUBLIC, STREAMS, Route, mine, table, theirs
from tests.e2e.console.world import World
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

WHO: Final = ("unit-a", "department-1", "elsewhere", "finance-a")
"""Those who may see nothing of the other unit's."""
SECRETS: Final = (
    identity.THEIR_NAME,
    # What was paid for the other project, in 元, 万元, 亿元 and fen, alone and in the sum of both.
    *("7,731,900", "7731900", "773.19", "0.0773", "773190000"),
    *("7,732,800", "7732800", "773.28", "773280000"),
)
LEAKED: Final = [
    # Whole figures: the seconds that a metric has summed up may begin like an amount.
    (secret, re.compile(rf"(?<![\d.]){re.escape(secret)}(?!\d)"))
    for secret in SECRETS
]
PART_OF_THEIR_NAME: Final = "another-unit"
QUERIES: Final[tuple[dict[str, str], ...]] = (
    {},
    {"jurisdiction": identity.CITY, "search": PART_OF_THEIR_NAME, "q": PART_OF_THEIR_NAME},
    {"jurisdiction": identity.CITY, "unit": "B", "department": "D2", "language": "en"},
    {"jurisdiction": identity.CITY, "unit": "yuan", "waiting": "all", "state": "all", "q": "PB"},
)
"""Ways to ask a list for more than one's own."""
ROUTES: Final = table()
NAMED: Final = [route for route in ROUTES if not PUBLIC.issuperset(route.parameters)]
"""Routes whose address names something that belongs to somebody."""
STREAM_SECONDS: Final = 1.0
FOREIGN: Final = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
REFUSED: Final = frozenset({400, 403, 404, 405, 409, 422})
"""409: no day was opened where one may look."""


def told(answer: httpx.Response) -> str:
    """Read an answer as a person or a program does."""
    kind = answer.headers.get("content-type", "")
    readable = kind.startswith(("text/", "application/json", "application/problem"))
    return html.unescape(answer.text) if readable else repr(answer.content)


def asked(world: World, who: str, path: str, params: dict[str, Any]) -> str:
    """Ask for a page, or for the beginning of a stream."""
    if path not in STREAMS:
        return told(world.page(who, path, params=params))
    lines = list(streamed(world, who, path, params))
    return html.unescape("\n".join(lines))


def streamed(world: World, who: str, path: str, params: dict[str, Any]) -> Iterator[str]:
    """Read a stream until nothing comes for a while."""
    cookie = {"cookie": f"dualwatch_session={world.cookies[who]}"}
    patience = httpx.Timeout(30, read=STREAM_SECONDS)
    url = world.console + path
    with httpx.stream("GET", url, params=params, headers=cookie, timeout=patience) as answer:
        assert answer.status_code == 200
        try:
            yield from answer.iter_lines()
        except httpx.ReadTimeout:
            return


def test_whoever_has_not_signed_in_reaches_the_sign_in_page_alone(world: World) -> None:
    """Every address leads there, whether or not what it names exists."""
    values = theirs(world.units)
    for route in ROUTES:
        if route.is_open:
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = world.page(None, route.filled(values), route.method, headers=headers)
            to = answer.headers.get("location") or answer.headers.get("HX-Redirect") or ""
            assert (answer.status_code in {204, 303}, True) == (True, to.startswith(SIGN_IN)), route
            assert not answer.content


def test_a_foreign_pages_form_is_refused_by_every_route(world: World) -> None:
    """Whoever is signed in: another site's page sends nothing in his name."""
    values = theirs(world.units)
    for route in ROUTES:
        if route.sends:
            answer = world.page("deployment", route.filled(values), route.method, headers=FOREIGN)
            assert 403 == answer.status_code, route


def test_for_whoever_may_see_it_all_of_that_exists(world: World) -> None:
    """Otherwise nothing would be shown below; a file is its uploader's alone."""
    values = theirs(world.units)
    for route in NAMED:
        if not route.sends:
            params = ASKED.get(route.path, {})
            who = "finance-b" if "file" in route.parameters else "deployment"
            answer = world.page(who, route.filled(values), params=params)
            # 409: the entry is there, and no checkpoint covers it yet.
            assert answer.status_code in {200, 307, 409}, f"{route}: {told(answer)[-800:]}"


@pytest.mark.parametrize("who", WHO)
def test_what_is_anothers_is_not_there_by_any_address(world: World, who: str) -> None:
    """Nothing is shown of it, nothing done to it."""
    values = theirs(world.units)
    for route in NAMED:
        params = ASKED.get(route.path, {})
        answer = world.page(who, route.filled(values), route.method, params=params)
        if answer.status_code != 307:  # another spelling of the same address
            assert answer.status_code in REFUSED, f"{route} for {who}"
        assert not leaked(told(answer)), f"{route} for {who}"


@pytest.mark.parametrize(
    ("who", "queries"),
    [
        pytest.param(WHO[0], QUERIES[:2], id=WHO[0]),
        *(pytest.param(who, QUERIES, id=f"{who}-all", marks=pytest.mark.long) for who in WHO),
    ],
)
def test_no_page_list_file_or_stream_tells_of_what_is_anothers(
    world: World, who: str, queries: tuple[dict[str, str], ...]
) -> None:
    """However it is searched, filtered and sorted; amounts are not in sums either."""
    values = mine(world.units)
    pages = [route for route in ROUTES if not route.sends and not route.path.startswith("/static")]
    for route in pages:
        for query in queries:
            path = route.filled(values)
            text = asked(world, who, path, {**ASKED.get(route.path, {}), **query})
            found = leaked(text)
            assert not found, f"{route} {query} tells {who} of {found}"


def leaked(text: str) -> list[str]:
    """Give what of another's stands in a text."""
    return [secret for secret, pattern in LEAKED if pattern.search(text)]


def test_a_figure_within_a_longer_one_is_none_of_theirs() -> None:
    """But it is one with its currency, its sign, or another figure behind it."""
    assert leaked("seconds_sum 0.07731") == leaked("10.0773") == leaked("1773.19") == []
    assert leaked("¥773.19万元,7,731,900.00") == ["7,731,900", "773.19"]


def test_nothing_is_done_to_anothers_in_a_list(world: World) -> None:
    """A step for many says of what is another's what it says of what is not there."""
    given = theirs(world.units)
    steps = {
        "/alerts": {"alert": given["alert"], "step": "acknowledge"},
        "/papers": {"paper": given["paper"], "step": "approve"},
    }
    for path, form in steps.items():
        told_of = told(world.page("unit-a", path, "POST", data={"request": path, **form}))
        assert not leaked(told_of), path

    alert = world.told("deployment", "alerts", f"/v1/alerts/{given['alert']}")
    assert not alert["work"]["acknowledged_by"]


def test_the_other_unit_sees_its_own(world: World) -> None:
    """What nobody above was told is there: by name in the list, the search and the file."""
    for path in ("/", "/projects.csv"):
        text = told(world.page("unit-b", path, params={"jurisdiction": identity.CITY}))
        assert identity.THEIR_NAME in text, path


def test_each_route_is_known() -> None:
    """The table is the console's: it holds the pages that everybody knows."""
    known = {Route("GET", "/"), Route("POST", "/sign-in"), Route("GET", "/projects/{project}")}
    assert known <= set(ROUTES)
    assert len(ROUTES) == len(set(ROUTES))


def test_news_of_another_are_not_sent(world: World) -> None:
    """A stream that is open while both units are paid for says nothing of the other's."""
    path, params = "/live", {"jurisdiction": identity.CITY}
    before = list(streamed(world, "unit-a", path, params))
    numbers = iter(range(1_000))

    def heard() -> list[str]:
        number = next(numbers)
        for project in (identity.THEIRS, identity.MINE):
            world.publish(identity._paid(f"news-{number}-{project[-1]}", project))
        return [line for line in streamed(world, "unit-a", path, params) if line not in before]

    lines = eventually(heard, 30)
    assert not [line for line in lines if identity.THEIRS in html.unescape(line)]
