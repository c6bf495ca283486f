"""What a unit is told whose workbook cannot be made."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.chassis.problems import ProblemError
from services.reporting.api import workbooks
from services.reporting.api.workbooks import Workbooks
from services.reporting.outputs.form_template import UnknownTemplateError


class _Desk:
    """One paper of one campaign whose template is gone."""

    async def visible(self, _asking: Any, key: str) -> Any:
        return SimpleNamespace(id=key, key=key, jurisdiction="J", cut_off=None, declaration=None)

    async def page(self, *_asked: Any) -> Any:
        return [SimpleNamespace(id="P")], None

    async def figures(self, _paper: Any) -> Any:
        return None

    async def form(self, *_of: Any) -> Any:
        return None

    async def run(self, *_of: Any) -> bytes:
        name = "annex1-own+0"
        raise UnknownTemplateError(name)


async def test_a_template_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file was changed since the campaign was planned."""
    monkeypatch.setattr(workbooks, "dated", lambda _figures: None)
    desk: Any = _Desk()

    with pytest.raises(ProblemError) as refused:
        await Workbooks(desk, desk, desk, desk, desk).made(desk, "J/C", "U1")

    assert "template_missing" == refused.value.problem.code
    assert "annex1-own+0" in refused.value.problem.detail
