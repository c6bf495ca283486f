"""What is typed on a paper's page is read as the workbook is: exact, or refused with why."""

from typing import Any, Final

import pytest

from tests.support.scripts import told_by

READ: Final = """
return given.map(({ kind, text, grade, measure, unit }) => {
  const select = { value: grade || "", selectedOptions: [{ textContent: "达成目标" }] };
  const place = {
    dataset: { kind, measure },
    querySelector: (wanted) => (wanted === "select" ? select : { value: text }),
    closest: () => ({ dataset: { unit } }),
  };
  try {
    return window.dualwatchFields.read(place);
  } catch (error) {
    return error.message;
  }
});
"""
UPLOADED: Final = """
const asked = [];
globalThis.fetch = async (address) => {
  asked.push(address);
  return { ok: true, json: async () => ({ fields: 1 }) };
};
const says = { textContent: "", replaceChildren: () => {} };
document.getElementById = (name) => (name === "words" ? null : says);
document.querySelectorAll = () => [];
for (const file of given) {
  const target = {
    matches: (wanted) => wanted.includes("workbook"),
    files: [file],
    dataset: { workbook: "/campaigns/c/workbook?request=r" },
    value: "",
  };
  await heard.change[0]({ target });
}
return asked;
"""


def read(kind: str, *asked: dict[str, Any]) -> list[Any]:
    """Read fields of a kind."""
    found: list[Any] = told_by(["fields.js"], READ, [{"kind": kind, **one} for one in asked])
    return found


@pytest.mark.parametrize(
    ("text", "measure", "said"),
    [
        ("85", "%", {"value": "85"}),
        ("85%", "%", {"value": "85"}),
        ("85％", "百分比", {"value": "85"}),
        ("８５．５", "个", {"value": "85.5"}),
        ("24 个", "个", {"value": "24"}),
        ("24个", "个", {"value": "24"}),
        ("1,085.50", "", {"value": "1085.50"}),
        ("1，085", "", {"value": "1085"}),
        ("1 085", "", {"value": "1085"}),
        ("087", "个", {"value": "87"}),
        ("+7", "个", {"value": "7"}),
        ("-0.5", "个", {"value": "-0.5"}),
        ("3.", "个", {"value": "3"}),
        ("0.1000000", "个", {"value": "0.1"}),
        ("12345678901234567890", "个", "not_number"),
        ("24,5", "个", "not_number"),
        ("0.1234567", "个", "not_number"),
        ("85%", "个", "not_per_cent"),
        ("2026-06-30", "", {"value_date": "2026-06-30"}),
        ("2026年6月3日", "", {"value_date": "2026-06-03"}),
        ("2026/2/30", "", "no_such_day"),
        ("0026-06-30", "", {"value_date": "0026-06-30"}),
        ("约 24 个", "个", {}),
        ("基本完成", "", {}),
    ],
)
def test_a_result_is_read_as_in_the_workbook(text: str, measure: str, said: Any) -> None:
    """No number is kept as mere words, and no comma is guessed at (domain-rules 14, 20)."""
    (found,) = read("result", {"text": text, "measure": measure})

    assert found == (said if isinstance(said, str) else {"value_text": text, **said})


def test_a_grade_stands_alone_or_beside_words() -> None:
    """What is judged by people."""
    one, two = read(
        "result",
        {"text": "", "grade": "met", "measure": ""},
        {"text": "全部完成", "grade": "met", "measure": ""},
    )

    assert one == {"value_text": "达成目标", "grade": "met"}
    assert two == {"value_text": "全部完成", "grade": "met"}


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("12.5", "wan", "125000.00"),
        ("1,234.50", "yuan", "1234.50"),
        ("１２．５", "wan", "125000.00"),
        ("12,5", "wan", "not_amount"),
        ("1,23", "yuan", "not_amount"),
        ("12.3456789", "wan", "too_fine"),
        ("", "wan", None),
    ],
)
def test_an_amount_s_commas_stand_between_thousands(text: str, unit: str, said: Any) -> None:
    """12,5 may be meant as 12.5: it is refused rather than taken for ten times as much."""
    assert read("amount", {"text": text, "unit": unit}) == [said]


def test_every_workbook_is_uploaded_under_a_key_of_its_own() -> None:
    """Another unit's after the first is no repetition of it; the same file again is."""
    first = {"name": "甲.xlsx", "size": 9, "lastModified": 1}
    second = {"name": "乙.xlsx", "size": 10, "lastModified": 2}
    asked = told_by(["fields.js"], UPLOADED, [first, second, first])

    assert len(set(asked)) == 2
    assert asked[0] == asked[2]
    assert all(one.startswith("/campaigns/c/workbook?request=r") for one in asked)
