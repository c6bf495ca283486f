"""Writing pages: templates with the texts of a language, never a value as markup."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import unquote, urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.console.domain import areas, facts, figures, lists
from services.console.domain.texts import Language, Texts, read_texts
from services.console.pages.frame.asking import AWAY, segment
from services.console.pages.frame.looking import PERSON, SESSION
from services.console.pages.frame.switching import Switch, switch_of
from services.console.pages.frame.view import COOKIE_SECONDS, View

ROOT: Final = files("services.console")
PROJECTS: Final = "/projects/"
READING: Final = frozenset({"read"})


@cache
def texts_of(language: Language) -> Texts:
    """Return the catalogue of a language: its file, and those of groups of pages beside it."""
    folder = ROOT / "pages" / "texts"
    ending = f"{language}.toml"
    names = [one.name for one in folder.iterdir() if one.name.endswith(ending)]
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name.removesuffix(ending)):
        found |= read_texts(language, (folder / name).read_text("utf-8")).entries
    return Texts(language, found)


@cache
def environment() -> Environment:
    """Make the templates' environment: everything is escaped, nothing may be missing."""
    made = Environment(
        loader=FileSystemLoader(str(ROOT / "templates")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        percent=figures.percent,
        points=figures.points,
        ratio=figures.ratio,
        bar=figures.bar,
        number=figures.number,
        segment=segment,
    )
    made.globals.update(static=static_address, lights=lists.LIGHTS)
    return made


@cache
def static_address(name: str) -> str:
    """Return a file's address with a mark of its content, so that it may be kept for ever."""
    content = (ROOT / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def page(template: str, view: View, status: int = 200, **values: Any) -> HTMLResponse:
    """Write a page."""
    texts = texts_of(view.language)
    made = environment().get_template(template)
    shown = {
        "view": view,
        "t": texts,
        "money": lambda amount: figures.money(amount, view.unit),
        "fact": lambda name, value: facts.fact(name, value, view.unit, texts),
        "parameter": lambda value, measure: facts.parameter(value, measure, view.unit, texts),
        "absent": sorted(AWAY.get() or ()),
        "person": PERSON.get(),
        **_frame(view, texts),
        **values,
    }
    html = made.render(shown)
    answer = HTMLResponse(html, status, {"Vary": "HX-Request, Cookie"})
    _choose(answer, view)
    return answer


def _frame(view: View, texts: Texts) -> dict[str, Any]:
    """Give what the frame around every page shows."""
    navigation = areas.areas_for(_permissions())
    switch = switch_of(view)
    area = areas.area_of(view.path)
    return {
        "languages": [(one, texts_of(one)("language.name")) for one in Language],
        "money_units": [(one, texts(f"unit.{one}")) for one in figures.MoneyUnit],
        "session": SESSION.get(),
        "navigation": navigation,
        "area": area,
        "base": next((one for one in navigation if one.name == area), None),
        "switch": switch,
        # A project's address names no jurisdiction: what leads away from it does.
        "place": {"jurisdiction": switch.jurisdiction}
        if switch is not None and len(switch.jurisdictions) > 1
        else {},
        "trail": (),
        "letters": areas.LETTERS,
        "stream": _stream(view, switch),
    }


def _stream(view: View, switch: Switch | None) -> str | None:
    """Say where the page hears of news; None: nowhere."""
    if switch is None or not PERSON.get().may("read"):
        return None
    asked = {"jurisdiction": switch.jurisdiction}
    if view.path.startswith(PROJECTS):
        asked["project"] = unquote(view.path.removeprefix(PROJECTS).partition("/")[0])
    return f"/live?{urlencode(asked)}"


def _permissions() -> frozenset[str]:
    """Tell what decides which areas are shown; who cannot be asked about is led to what is read."""
    known = PERSON.get().permissions
    return known if known or "intake" not in (AWAY.get() or ()) else READING


def _choose(answer: HTMLResponse, view: View) -> None:
    for cookie, value in view.chosen.items():
        answer.set_cookie(
            cookie, value, COOKIE_SECONDS, samesite="lax", httponly=True, secure=view.secure
        )
