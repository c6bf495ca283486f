"""Breadcrumbs: where a page stands, from its area down to itself."""

from dataclasses import dataclass

from services.console.pages.frame.view import View


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way to a page."""

    path: str | None
    """Where it is, for the same jurisdiction, year and day; null: nowhere to go, or here."""
    name: str = ""
    """What it is called: an organisation, a project, a file; never markup."""
    key: str = ""
    """Its text, where it is named by ourselves."""


def at(key: str, path: str | None = None) -> Crumb:
    """Step on a page that we name: `at("files.title", "/data/files")`."""
    return Crumb(path, key=key)


def named(name: str | None, path: str | None = None) -> Crumb:
    """Step on something with a name of its own: `named(unit_name, "/units/U1")`."""
    return Crumb(path, name=name or "–")


def trail(view: View, *steps: Crumb) -> tuple[Crumb, ...]:
    """Give what a page passes as `trail=`: the last step is the page itself and is no link."""
    return tuple(
        step if step.path != view.path else Crumb(None, step.name, step.key) for step in steps
    )
