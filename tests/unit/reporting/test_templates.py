"""Words of forms are data; a template that would print nonsense is refused with every fault."""

from pathlib import Path

import pytest

from services.reporting.outputs import fonts, form_template
from services.reporting.outputs.form_template import (
    TemplateError,
    UnknownTemplateError,
    read_template,
    shipped,
    template_of,
)

OURS = dict(shipped())["annex1-city-1.yaml"]


def test_the_shipped_template_is_whole() -> None:
    """It is found by the id that forms carry."""
    assert template_of("annex1-city-1").id == "annex1-city-1"


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


def test_an_own_template_stands_beside_ours_and_takes_no_id_of_ours(tmp_path: Path) -> None:
    """A frozen paper is printed with the words it was handed in with."""
    own = tmp_path / "annex1-own.yaml"
    own.write_bytes(OURS.replace(b"id: annex1-city-1", b"id: annex1-own-1"))
    try:
        form_template.look_in(tmp_path)
        assert template_of("annex1-own-1").id == "annex1-own-1"
        own.write_bytes(OURS)
        with pytest.raises(TemplateError, match="is taken"):
            form_template.look_in(tmp_path)
    finally:
        form_template.look_in(None)
    with pytest.raises(UnknownTemplateError):
        template_of("annex1-own-1")


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
