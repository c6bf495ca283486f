"""Words of forms are data; a template that would print nonsense is refused with every fault."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contracts.vocabulary import FormLayout, PaperKind
from services.chassis.identity import deployment
from services.chassis.problems import ProblemError
from services.reporting.api.campaign_forms import ChangeForm
from services.reporting.api.campaigns import CampaignDesk, check_template
from services.reporting.assembly.papers import Papers
from services.reporting.domain.campaign import Campaign, CampaignState
from services.reporting.domain.editions import form_of, freeze_form
from services.reporting.domain.form import FORM_TEMPLATE, Names
from services.reporting.domain.labels import REASONS
from services.reporting.domain.paper import Paper
from services.reporting.outputs import fonts, form_template
from services.reporting.outputs.fill_in import Blank, fill_in_workbook
from services.reporting.outputs.fill_in_reading import filled_in
from services.reporting.outputs.form_sheet import form_workbook
from services.reporting.outputs.form_template import (
    FILES_MAX,
    TemplateError,
    UnknownTemplateError,
    current,
    own_id,
    read_template,
    shipped,
    template_of,
)
from services.reporting.outputs.form_view import view_of
from services.reporting.outputs.marks import mark_in
from services.reporting.outputs.own_files import FolderError
from services.reporting.outputs.template_checks import checked as check_file
from services.reporting.outputs.template_checks import kept
from services.reporting.outputs.verification import Verdict, checked
from tests.support.forms import PAPER, filled
from tests.unit.reporting.filings import CAMPAIGN
from tests.unit.reporting.test_drafts import FIGURES, FORM
from tests.unit.reporting.test_template_routes import client

OURS = dict(shipped())["annex1-city-2.yaml"]


class Kept:
    """Stores that know names and alerts of nobody."""

    @property
    def naming(self) -> "Kept":
        """Who is called how."""
        return self

    kept = naming

    async def names(self, *_: Any) -> Names:
        """Tell no names."""
        return Names({})

    async def alerts_of(self, *_: Any) -> tuple[()]:
        """Tell no alerts."""
        return ()


STORES: Any = Kept()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of templates; afterwards there is none."""
    yield tmp_path
    form_template.look_in(None)


@pytest.mark.parametrize("name", ["annex1-city-1", "annex1-city-2"])
def test_the_shipped_templates_are_whole(name: str) -> None:
    """Each is found by the id that forms carry, for ever."""
    assert template_of(name).id == name


@pytest.mark.parametrize("layout", list(FormLayout))
def test_new_forms_have_the_headings_of_the_regulations_form(layout: FormLayout) -> None:
    """forms.md 2.1: 1-6月执行情况; a form of the earlier template is printed as it was."""
    assert current("610100").id == FORM_TEMPLATE == "annex1-city-2"
    heads = {
        template: view_of(filled(template=template), layout).indicator_heads["actual"]
        for template in ("annex1-city-1", "annex1-city-2")
    }

    assert heads == {"annex1-city-1": "1-6月完成情况", "annex1-city-2": "1-6月执行情况"}


def test_reports_call_reason_types_as_the_form_does() -> None:
    """One thing has one name, on what is filled in and on what is added up."""
    assert current("610100").reason_types == REASONS


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{period}执行数", "{perod}执行数", "nothing is known as {perod}"),
        ("  funding: 经费保障\n", "", "areas lacks funding"),
        ("  phone: ", "  fax: ", "footer does not know fax"),
        ("[10, 11, 20, ", "[10, 11, ", "sheet.widths"),
        ("title: 项目", "title: [项目", "is no YAML"),
        ("({year}年度)", "({year年度)", "heading.year"),
        ("goal: 年度总体目标", "goals: 年度总体目标", "goal"),
    ],
)
def test_each_fault_of_a_template_is_told(old: str, new: str, fault: str) -> None:
    """The check says where and what."""
    content = OURS.decode().replace(old, new)
    with pytest.raises(TemplateError) as refused:
        read_template(content.encode(), "mine.yaml")

    assert fault in str(refused.value)


def test_new_forms_take_an_own_template_of_the_name_for_it(folder: Path) -> None:
    """annex1-default for all, annex1-default-JURISDICTION for one; its id holds what is in it."""
    own = OURS.replace("项目支出预算绩效目标执行监控表".encode(), "本市监控表".encode())
    (folder / "annex1-default.yaml").write_bytes(own)
    (folder / "annex1-default-610199.yaml").write_bytes(OURS.replace(b"city-2", b"district-1"))
    form_template.look_in(folder)
    made = filled(template=current("610100").id)

    # The id of ours is no longer taken: what is inside tells the two apart.
    assert current("610100").id.startswith("annex1-city-2+")
    assert current("610199").id.startswith("annex1-district-1+")
    assert view_of(made).title == "本市监控表"
    assert view_of(filled(template=FORM_TEMPLATE)).title == "项目支出预算绩效目标执行监控表"
    book = form_workbook(made)
    mark = mark_in(book)
    assert mark is not None
    assert mark.template == current("610100").id
    assert checked(book, mark, made).verdict is Verdict.GENUINE


def test_a_form_is_made_again_with_the_template_that_it_was_made_with(folder: Path) -> None:
    """Changed in its place it is another; kept as a copy under any name it is found again."""
    default = folder / "annex1-default.yaml"
    default.write_bytes(OURS.replace(b"city-2", b"own"))
    form_template.look_in(folder)
    made = filled(template=current("610100").id)
    book = form_workbook(made)
    mark = mark_in(book)
    assert mark is not None

    earlier = default.read_bytes()
    default.write_bytes(earlier.replace("备注".encode(), "其他".encode()))
    form_template.look_in(folder)
    assert current("610100").id != made.template
    assert checked(book, mark, made).verdict is Verdict.UNKNOWN
    (folder / "annex1-of-2026.yaml").write_bytes(earlier)
    form_template.look_in(folder)
    assert form_workbook(made) == book
    assert checked(book, mark, made).verdict is Verdict.GENUINE


async def test_the_forms_of_a_campaign_take_the_template_that_it_names(folder: Path) -> None:
    """Whatever new forms take; one that names none takes what they take (domain-rules 20)."""
    (folder / "annex1-second.yaml").write_bytes(OURS.replace(b"city-2", b"second"))
    (folder / "annex1-default.yaml").write_bytes(OURS.replace(b"city-2", b"own"))
    form_template.look_in(folder)
    own = own_id("annex1-second", (folder / "annex1-second.yaml").read_bytes())
    papers = Papers(STORES, STORES, "0.1")
    made = [
        await papers.form(replace(CAMPAIGN, template=one), FORM, FIGURES, FORM.declaration)
        for one in (own, "annex1-city-1", None)
    ]

    assert [form.template for form in made] == [own, "annex1-city-1", current("610100").id]
    # What was handed in is printed as it was, whatever the campaign's template.
    assert form_of(freeze_form(made[1]).content).template == "annex1-city-1"


@pytest.mark.parametrize("known", ["annex1-city-1", None])
def test_a_campaign_names_a_template_that_is_kept_here(known: str | None) -> None:
    """Others are refused when it is planned, not when its forms are to be printed."""
    check_template(replace(CAMPAIGN, template=known))
    with pytest.raises(ProblemError) as refused:
        check_template(replace(CAMPAIGN, template="annex1-other+1f0a93c2"))

    problem = refused.value.problem
    assert (problem.status, problem.code, problem.pointer) == (
        422,
        "unknown_template",
        "/template",
    )


class Planned:
    """One campaign that runs, of a template; nothing was made of its papers anew."""

    def __init__(self, template: str | None) -> None:
        """Give it its template."""
        self.kept = replace(CAMPAIGN, template=template, state=CampaignState.OPEN)

    async def campaign(self, _key: str) -> Campaign:
        """Give it."""
        return self.kept

    async def opening(self, _key: str) -> None:
        """Tell of no opening."""

    async def today(self, _jurisdiction: str) -> dt.date:
        """Tell the last opened day."""
        return CAMPAIGN.cut_off


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({"name": "延期"}, "annex1-gone+00000000"),
        ({"template": "annex1-gone+00000000"}, "annex1-gone+00000000"),
        ({"template": "annex1-city-1"}, "annex1-city-1"),
        ({"template": None}, None),
    ],
)
async def test_a_running_campaign_takes_another_template(
    said: dict[str, str | None], after: str | None
) -> None:
    """One that is gone is no hindrance; what is not said stays, null is the usual one."""
    stores: Any = Planned("annex1-gone+00000000")
    desk = CampaignDesk(stores, stores, stores, stores, lambda: None)
    form = ChangeForm.model_validate_json(json.dumps(said))
    plan = await desk.changed(deployment(), CAMPAIGN.key, None, form)

    assert json.loads(plan.answer.body)["template"] == after


async def test_a_running_campaign_takes_no_template_that_is_not_kept() -> None:
    """It is refused as when it is planned, with what to do."""
    stores: Any = Planned(None)
    desk = CampaignDesk(stores, stores, stores, stores, lambda: None)
    with pytest.raises(ProblemError) as refused:
        await desk.changed(deployment(), CAMPAIGN.key, None, ChangeForm(template="annex1-gone"))

    problem = refused.value.problem
    assert (problem.code, problem.pointer) == ("unknown_template", "/template")
    assert "null" in str(problem.hint)
    assert "null" in str(problem.hint_zh)


def test_an_own_template_at_fault_ends_the_start(folder: Path) -> None:
    """Rather no service than a form with nonsense on it; more than there may be are told."""
    (folder / "annex1-x.yaml").write_text("id: x\n", "utf-8")
    with pytest.raises(TemplateError, match=r"annex1-x\.yaml"):
        form_template.look_in(folder)
    for number in range(FILES_MAX):
        (folder / f"annex1-{number}.yaml").write_bytes(OURS)
    with pytest.raises(TemplateError, match="more than"):
        form_template.look_in(folder)


def test_a_folder_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    """It was as if the deployment had no templates: its new forms had other words."""
    with pytest.raises(FolderError, match=r"own-templates: No such file"):
        form_template.look_in(tmp_path / "own-templates")
    form_template.look_in(None)


def moved(folder: Path, to: Path) -> Path:
    """Take a folder elsewhere."""
    return folder.rename(to)


async def test_a_folder_that_goes_while_a_process_runs_takes_no_template(folder: Path) -> None:
    """Forms keep their words; who asks for the list is told, until the folder is back."""
    (folder / "annex1-default.yaml").write_bytes(OURS.replace(b"city-2", b"own"))
    form_template.look_in(folder)
    own = current("610100")
    away = moved(folder, folder.with_name("away"))

    assert current("610100") == own == template_of(own.id)
    async with client(folder) as ask:
        told = await ask.get("/v1/templates")
    assert (told.status_code, told.json()["code"]) == (503, "templates_unreadable")
    assert str(folder) in told.json()["detail"]

    moved(away, folder)
    (folder / "annex1-default.yaml").unlink()
    assert current("610100").id == FORM_TEMPLATE


def test_a_file_spoilt_while_a_process_runs_is_left_as_it_was(folder: Path) -> None:
    """Forms go on with the words they had; a new file at fault is not used, and stops nobody."""
    (folder / "annex1-default.yaml").write_bytes(OURS.replace(b"city-2", b"own"))
    form_template.look_in(folder)
    whole = current("610100")
    (folder / "annex1-default.yaml").write_text("id: own\n", "utf-8")
    (folder / "annex1-other.yaml").write_text("id: [\n", "utf-8")

    assert current("610100") == whole == template_of(whole.id)
    told = {one.file: check_file(one.file, one.content) for one in kept(folder) if not one.shipped}
    assert all(found.faults and found.id is None for found in told.values())
    mended = OURS.replace(b"city-2", b"mended")
    (folder / "annex1-default.yaml").write_bytes(mended)
    assert current("610100").id == own_id("annex1-mended", mended)
    with pytest.raises(UnknownTemplateError):
        template_of(whole.id)


def unreadable(path: Path) -> None:
    """Put something there that looks like a file and cannot be read, whoever reads it."""
    path.unlink(missing_ok=True)
    path.symlink_to("/proc/self/mem")


async def test_a_file_that_cannot_be_read_stops_no_other(folder: Path) -> None:
    """A copy of another owner, a disk at fault: forms go on, the list says it, a start ends."""
    (folder / "annex1-default.yaml").write_bytes(OURS.replace(b"city-2", b"own"))
    form_template.look_in(folder)
    whole = current("610100")
    unreadable(folder / "annex1-default.yaml")
    (folder / "annex1-loop.yaml").symlink_to("annex1-loop.yaml")
    (folder / "annex1-other.yaml").write_bytes(OURS.replace(b"city-2", b"other"))

    assert current("610100") == whole == template_of(whole.id)
    other = own_id("annex1-other", OURS.replace(b"city-2", b"other"))
    assert other == template_of(other).id
    async with client(folder) as ask:
        found = (await ask.get("/v1/templates")).json()["items"]
        gone = await ask.get("/v1/templates/annex1-default.yaml")
    told = {one["file"]: one for one in found if not one["shipped"]}
    assert [] == told["annex1-other.yaml"]["faults"]
    for name in ("annex1-default.yaml", "annex1-loop.yaml"):
        assert told[name]["id"] is None
        assert ["cannot be read: look at its owner, its mode and its disk"] == told[name]["faults"]
    assert 404 == gone.status_code
    with pytest.raises(TemplateError, match="cannot be read"):
        form_template.look_in(folder)


def test_no_more_files_are_used_than_may_be(folder: Path) -> None:
    """However many are put there: the first by name, which are those that are listed."""
    form_template.look_in(folder)
    for number in range(FILES_MAX + 5):
        content = OURS.replace(b"city-2", b"n-%d" % number)
        (folder / f"annex1-{number:03}.yaml").write_bytes(content)
    listed = [one for one in kept(folder) if not one.shipped]

    assert len(listed) == FILES_MAX
    for one in listed:
        name = own_id(f"annex1-n-{int(one.file[7:10])}", one.content or b"")
        assert template_of(name).id == name
    with pytest.raises(UnknownTemplateError):
        template_of(own_id(f"annex1-n-{FILES_MAX}", OURS.replace(b"city-2", b"n-%d" % FILES_MAX)))


def test_a_workbook_to_fill_in_has_the_words_of_its_template(folder: Path) -> None:
    """What is chosen from its lists is read by them, whatever new forms take meanwhile."""
    own = OURS.replace("政策调整影响".encode(), "政策变化".encode())
    (folder / "annex1-default.yaml").write_bytes(own)
    form_template.look_in(folder)
    paper = Paper(PAPER, PaperKind.FORM, "610100", "2026-07", 2026, dt.date(2026, 7, 20))
    form = filled(template=current("610100").id)
    book = fill_in_workbook("610100/2026-07", "101003", [Blank(paper, form)], dt.date(2026, 7, 1))
    loaded = openpyxl.load_workbook(io.BytesIO(book))
    sheet = loaded.worksheets[1]
    row = next(row[0].row for row in sheet.iter_rows() if row[2].value == "改造老旧小区数量")
    sheet[f"M{row}"].value = "政策变化"
    target = io.BytesIO()
    loaded.save(target)
    (folder / "annex1-default.yaml").rename(folder / "annex1-earlier.yaml")
    form_template.look_in(folder)

    (change,) = filled_in(target.getvalue()).changes
    assert (change.field, change.value) == ("/indicators/K1/reason_type", "policy_change")


def test_fonts_are_chosen_by_name_and_never_simhei(tmp_path: Path) -> None:
    """仿宋 of the machine first, Noto for what it lacks; 黑体 of another licence never."""
    files = {name: tmp_path / f"{name}.otf" for name in ("fang", "serif", "sans", "SimHei")}
    for name, path in files.items():
        path.write_bytes(name.encode())
    found = [
        ("SimHei", files["SimHei"]),
        ("FangSong", files["fang"]),
        ("Noto Serif CJK SC", files["serif"]),
        ("Noto Sans CJK SC", files["sans"]),
    ]
    chosen = fonts.choose(found)

    assert chosen.body == ("FangSong", "Noto Serif CJK SC")
    assert chosen.title == ("Noto Serif CJK SC",)
    assert chosen.head == ("Noto Sans CJK SC",)
    assert files["SimHei"] not in chosen.files
    assert len(list(chosen.folder.iterdir())) == 3


def test_a_machine_without_chinese_fonts_is_told_what_to_install() -> None:
    """Empty boxes on a signed form would be worse than no form."""
    with pytest.raises(fonts.FontsMissingError, match="fonts-noto-cjk"):
        fonts.choose([("Liberation Serif", Path("x.ttf"))])


def test_the_package_brings_fonts_along() -> None:
    """A bare machine sets Chinese all the same."""
    packaged = fonts.packaged()

    assert {"Noto Serif CJK SC", "Noto Sans CJK SC"} <= {family for family, _ in packaged}
