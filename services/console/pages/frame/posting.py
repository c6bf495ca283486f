"""What a page was sent: the form, who looks how, and whose data it is about."""

from dataclasses import dataclass

from fastapi import Request

from services.console.pages.frame.asking import Services
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import View, view_of


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that one of our own pages sent."""

    form: Form
    """What was typed."""
    view: View
    """How its sender looks at pages."""
    scope: Scope
    """The jurisdiction he looks at."""


async def posted(services: Services, request: Request) -> Posted:
    """Read a form; refused if another site's page sent it, or there is no jurisdiction yet."""
    form = await read_form(request)
    view = view_of(request)
    return Posted(form, view, await place_of(services, view))
