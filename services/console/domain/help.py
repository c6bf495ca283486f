"""Topics of the help pages, and the articles each rests on."""

from dataclasses import dataclass
from typing import Final

ARTICLES: Final = tuple(str(number) for number in range(1, 19))
"""Articles of the regulation."""


@dataclass(frozen=True)
class Topic:
    """A help page; its texts are `help_topic.<name>.…`."""

    name: str
    articles: tuple[str, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    """Pages it is about: text, address."""


TOPICS: Final = (
    Topic("dual", ("2", "8", "9"), (("nav.overview", "/"),)),
    Topic("lights", ("9", "12"), (("nav.overview", "/"),)),
    Topic("alerts", ("10", "11"), (("nav.alerts", "/alerts"), ("rules.title", "/rules"))),
    Topic("handling", ("2", "6", "15"), (("nav.waiting", "/waiting"), ("nav.alerts", "/alerts"))),
    Topic("reports", ("6", "12"), (("papers.title", "/papers"), ("campaigns.title", "/campaigns"))),
    Topic("priority", ("7", "11", "12"), (("nav.overview", "/"),)),
    Topic("results", ("13", "14", "16"), (("nav.alerts", "/alerts"),)),
    Topic("data", ("3", "7", "12"), (("nav.data", "/data"),)),
    Topic(
        "rules", ("5", "17"), (("rules.title", "/rules"), ("nav.administration", "/administration"))
    ),
    Topic("roles", ("4", "5", "6"), ()),
    Topic("reading", (), (("changes.title", "/changes"), ("search.title", "/search"))),
    Topic("keyboard"),
)


def topic_of(name: str) -> Topic | None:
    """Find a topic."""
    return next((topic for topic in TOPICS if topic.name == name), None)
