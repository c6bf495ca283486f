"""A unit's forms as one workbook to be filled in: a sheet for each, treasury cells protected.

What may be written is a cell with a version of its own; a hidden sheet says which cell is which
field, in which version it went out, and what stood there: what was not touched is not sent back.
It says too by which words each row and column is known: were they elsewhere, a cell would be read
as another row's.
"""

import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from contracts.vocabulary import CauseArea
from services.reporting.domain.declaration import pointer_of
from services.reporting.domain.form import FundingRow, IndicatorRow, MonitoringForm
from services.reporting.domain.paper import Paper
from services.reporting.domain.writing import FEN_PER_WAN
from services.reporting.outputs.fill_in_values import Kind, Words, plain_decimal, text_of, wan_text
from services.reporting.outputs.form_template import FormTemplate, template_of
from services.reporting.outputs.form_view import money_unit
from services.reporting.outputs.plain import lines_of, looks_like_formula, printable

FORMATS: Final = "dualwatch fill-in "
FORMAT: Final = f"{FORMATS}2"
"""First cell of the hidden sheet."""
MAP_SHEET: Final = "_dualwatch"
GUIDE_SHEET: Final = "填报说明"
FORMS_MAX: Final = 200
"""Most forms of one workbook."""
NAME_MAX: Final = 31
_NAME_SIGNS: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
GUIDE: Final = (
    "1. 白底(黄框)单元格可填写;灰底单元格为财政数据,只读,改动不予接收。",
    "2. 金额单位为万元,最多六位小数;日期写作 2026-06-30;偏差原因可多选,选 √。",
    "3. 执行情况:数值、日期,或「达成目标」「部分达成目标并具有一定效果」「未达成目标且效果较差」。",
    "4. 请勿增删、移动行列,勿改动灰底文字或工作表名称,否则不予接收。",
    "5. 填写后整本上传,任一单元格有误时全部不保存并逐格提示。",
    "6. 公式须有计算结果(用 Excel 打开并保存);百分比格式的数仅用于以 % 计的指标;日期以文本填写。",
    "7. 指标值不是数字的(如完成日期),执行情况也可用日期格式填写。",
)
WIDTHS: Final = (12, 14, 26, 16, 16, 16, 18, 8, 8, 8, 10, 8, 18, 30, 12, 30)
LAST: Final = len(WIDTHS) - 1
FIRST_AREA: Final = 7
KEY: Final = LAST + 1
"""Hidden column: what a declaration calls the row, for two rows may have the same words."""
LABEL_MAX: Final = 800
"""How much of a label is compared: all labels of a row are one cell of the hidden sheet."""
LEDGER: Final = 6
"""Column of what the ledger says was spent of own funds, beside what their unit says."""
RATE_WHOLE: Final = 10_000
MONEY_HEADS: Final = ("original", "adjusted", "spent", "rate", "declared")


@dataclass(frozen=True, slots=True)
class Blank:
    """A form to be filled in, with its draft."""

    paper: Paper
    form: MonitoringForm
    dated: frozenset[str] = frozenset()
    """Indicators whose result may be a day."""


@dataclass(slots=True)
class _Map:
    """Rows of the hidden sheet."""

    rows: list[tuple[str, ...]] = field(default_factory=list)


def fill_in_workbook(campaign: str, unit: str, blanks: Sequence[Blank], on: dt.date) -> bytes:
    """Make the workbook of a unit; `on` dates the file."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        book.set_properties({"title": GUIDE_SHEET, "created": dt.datetime.combine(on, dt.time.min)})
        formats = _formats(book)
        guide = book.add_worksheet(GUIDE_SHEET)
        guide.set_column(0, 0, 110)
        for row, line in enumerate(GUIDE):
            guide.write_string(row, 0, line, formats["guide"])
        # All forms of a campaign that are still filled in have one template.
        template = blanks[0].form.template if blanks else ""
        found = _Map([(FORMAT, campaign, unit, template)])
        for number, blank in enumerate(blanks, start=1):
            name = _sheet_name(number, blank.form)
            _FillSheet(book.add_worksheet(name), name, blank, formats, found).write()
        hidden = book.add_worksheet(MAP_SHEET)
        for row, values in enumerate(found.rows):
            for column, value in enumerate(values):
                hidden.write_string(row, column, value)
        hidden.very_hidden()
        guide.activate()
    return buffer.getvalue()


def _sheet_name(number: int, form: MonitoringForm) -> str:
    name = printable(form.project_name or form.project_id).translate(_NAME_SIGNS)
    return f"{number:03d} {name.strip()}"[:NAME_MAX].strip()


def _formats(book: Workbook) -> dict[str, Format]:
    base: dict[str, Any] = {"font_name": "宋体", "font_size": 10, "border": 1, "text_wrap": True}
    base |= {"valign": "vcenter"}
    known = {**base, "bg_color": "#EDEDED"}
    free = {**base, "locked": False, "border_color": "#C9A400"}
    return {
        "guide": book.add_format({"font_name": "宋体", "font_size": 11, "text_wrap": True}),
        "title": book.add_format({"font_name": "黑体", "font_size": 14, "align": "center"}),
        "head": book.add_format({**known, "bold": True, "align": "center"}),
        "known": book.add_format(known),
        "quoted": book.add_format({**known, "quote_prefix": True}),
        "money": book.add_format({**known, "num_format": "#,##0.00", "align": "right"}),
        "rate": book.add_format({**known, "num_format": "0.00%", "align": "right"}),
        "free": book.add_format({**free, "num_format": "@"}),
        "free_quoted": book.add_format({**free, "num_format": "@", "quote_prefix": True}),
        "free_mark": book.add_format({**free, "align": "center"}),
        "free_money": book.add_format({**free, "num_format": "#,##0.00####", "align": "right"}),
    }


class _FillSheet:
    """Writes one form downwards."""

    def __init__(
        self,
        sheet: Worksheet,
        name: str,
        blank: Blank,
        formats: Mapping[str, Format],
        found: _Map,
    ) -> None:
        self.sheet, self.name, self.paper, self.form = sheet, name, blank.paper, blank.form
        self.template: FormTemplate = template_of(blank.form.template)
        self.words = Words(self.template.reason_types, self.template.possibilities)
        self.dated = blank.dated
        self.formats, self.map = formats, found
        self.row = 0
        self.labels: dict[int, dict[int, str]] = {}
        """By row and column."""

    def write(self) -> None:
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.protect("", {"format_columns": True, "format_rows": True})
        self._head()
        self._money()
        self._execution()
        self._indicators()
        self._rest()
        self.sheet.set_column(KEY, KEY, None, None, {"hidden": True})
        self._note_labels()

    def _known(self, column: int, text: str, name: str = "known") -> None:
        if name == "known" and looks_like_formula(text):
            name = "quoted"
        shown = printable(text)
        self.sheet.write_string(self.row, column, shown, self.formats[name])
        self.labels.setdefault(self.row, {})[column] = shown.strip()[:LABEL_MAX]

    def _note_labels(self) -> None:
        """Note the labels of each row, all of them as one line of the hidden sheet."""
        for row, labels in self.labels.items():
            columns = ",".join(xl_col_to_name(column) for column in labels)
            shown = json.dumps(list(labels.values()), ensure_ascii=False)
            place = xl_rowcol_to_cell(row, min(labels))
            kind = Kind.LABELS.value
            self.map.rows.append((self.name, place, self.paper.id, "", "0", kind, columns, shown))

    def _heads(self, texts: Mapping[int, str]) -> None:
        for column, text in texts.items():
            self._known(column, text, "head")
        self.sheet.set_row(self.row, 30)
        self.row += 1

    def _locked_money(self, column: int, fen: int | None) -> None:
        if fen is None:
            self.sheet.write_blank(self.row, column, None, self.formats["money"])
            self._note(column, "", Kind.LOCKED, "", "")
            return
        self.sheet.write_number(self.row, column, fen / FEN_PER_WAN, self.formats["money"])
        self._note(column, "", Kind.LOCKED, "", wan_text(fen))

    def _note(self, column: int, pointer: str, kind: Kind, part: str, shown: str) -> None:
        version = self.paper.draft.get(pointer)
        self.map.rows.append(
            (
                self.name,
                xl_rowcol_to_cell(self.row, column),
                self.paper.id,
                pointer,
                str(version.version if version else 0),
                kind.value,
                part,
                shown,
            )
        )

    def _free(self, column: int, pointer: str, kind: Kind, part: str = "") -> str:
        """Write a cell that people fill in; give what stands there."""
        saved = self.paper.draft.get(pointer)
        shown = text_of(kind, part, None if saved is None else saved.value, self.words)
        self._note(column, pointer, kind, part, shown)
        choices = self.words.choices(kind)
        if kind is Kind.MONEY and shown:
            number = float(shown)
            self.sheet.write_number(self.row, column, number, self.formats["free_money"])
        elif kind is Kind.MONEY:
            self.sheet.write_blank(self.row, column, None, self.formats["free_money"])
        else:
            name = "free_mark" if choices else "free"
            name = "free_quoted" if looks_like_formula(shown) else name
            if shown:
                self.sheet.write_string(self.row, column, shown, self.formats[name])
            else:
                self.sheet.write_blank(self.row, column, None, self.formats[name])
        if choices:
            rule: dict[str, Any] = {
                "validate": "list",
                "source": list(choices),
                "error_title": "请从列表中选择",
            }
            self.sheet.data_validation(self.row, column, self.row, column, rule)
        elif kind is Kind.MONEY:
            rule = {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "error_title": "请填写金额(万元)",
            }
            self.sheet.data_validation(self.row, column, self.row, column, rule)
        return shown

    def _head(self) -> None:
        form, heading = self.form, self.template.heading
        self.sheet.merge_range(0, 0, 0, LAST, self.template.title, self.formats["title"])
        self.sheet.set_row(0, 26)
        self.row = 1
        for column, text in enumerate(
            (
                heading["project"],
                form.project_name or heading["unknown"],
                heading["code"],
                form.project_id,
                heading["lead_unit"],
                form.lead_unit_name or form.lead_unit or heading["unknown"],
                form.period,
            )
        ):
            self._known(column, text, "known" if column % 2 else "head")
        self.sheet.set_row(self.row, 30)
        self.row += 2

    def _money(self) -> None:
        unit = money_unit(self.form.currency)
        columns = self.template.money.city.columns
        texts = {0: self.template.money.city.label.format(unit=unit)}
        for column, name in enumerate(MONEY_HEADS, start=1):
            texts[column] = columns[name].format(period=self.form.period)
        if any(row.own_funds for row in self.form.funding):
            texts[LEDGER] = "账本执行数(单位资金)"
        self._heads(texts)
        for row in self.form.funding:
            self._money_row(row)
        for name in ("carryover", "surplus"):
            self._known(0, self.template.more[name])
            self._free(5, pointer_of(name), Kind.MONEY)
            self.row += 1
        self.row += 1

    def _money_row(self, row: FundingRow) -> None:
        self._known(0, "  " * row.level + row.label)
        self._locked_money(1, row.original_budget)
        self._locked_money(2, row.adjusted_budget)
        if row.own_funds:
            self._free(3, pointer_of("funding", row.key, "own_spent"), Kind.MONEY)
            self._locked_money(LEDGER, row.spent)
        else:
            self._locked_money(3, row.spent)
        rate = row.execution_rate_bp
        if rate is not None:
            self.sheet.write_number(self.row, 4, rate / RATE_WHOLE, self.formats["rate"])
            self._note(4, "", Kind.LOCKED, "", plain_decimal(Decimal(rate) / RATE_WHOLE))
        self._known(KEY, row.key)
        if row.key:
            self._free(5, pointer_of("funding", row.key, "expected_spent"), Kind.MONEY)
        self.row += 1

    def _execution(self) -> None:
        more, heads = self.template.more, self.template.indicators
        texts = {0: more["execution"], 12: "原因类型", 13: heads["reason"], LAST: heads["remark"]}
        texts |= self._areas()
        self._heads(texts)
        self._known(0, more["execution"])
        self._cause(("execution",))
        self.row += 2

    def _areas(self) -> dict[int, str]:
        names = self.template.areas.values()
        return dict(enumerate(names, start=FIRST_AREA))

    def _cause(self, where: tuple[str, ...]) -> int:
        """Write the cells of a cause; give the lines that its texts take."""
        for column, area in enumerate(CauseArea, start=FIRST_AREA):
            self._free(column, pointer_of(*where, "areas"), Kind.AREA, area.value)
        self._free(12, pointer_of(*where, "reason_type"), Kind.REASON_TYPE)
        texts = [
            self._free(13, pointer_of(*where, "reason"), Kind.TEXT),
            self._free(LAST, pointer_of(*where, "measure"), Kind.TEXT),
        ]
        return max(lines_of(text, 28) for text in texts)

    def _indicators(self) -> None:
        heads, period = self.template.indicators, self.form.period
        texts = {
            0: heads["level_1"],
            1: heads["level_2"],
            2: heads["level_3"],
            3: heads["target"],
            4: "账本执行情况",
            5: heads["actual"].format(period=period),
            6: heads["expected"],
            12: "原因类型",
            13: heads["reason"],
            14: heads["possibility"],
            LAST: heads["remark"],
        }
        self._heads(texts | self._areas())
        for row in self.form.indicators:
            self._indicator(row)
        self.row += 1

    def _indicator(self, row: IndicatorRow) -> None:
        known = (row.level_1, row.level_2, row.level_3, row.target, row.actual)
        for column, text in enumerate(known):
            self._known(column, text)
        self._known(KEY, row.indicator)
        where = ("indicators", row.indicator)
        kind = Kind.RESULT_OR_DAY if row.indicator in self.dated else Kind.RESULT
        self._free(5, pointer_of(*where, "result"), kind, row.unit or "")
        self._free(6, pointer_of(*where, "expected_result"), Kind.TEXT)
        lines = self._cause(where)
        self._free(14, pointer_of(*where, "possibility"), Kind.POSSIBILITY)
        tallest = max([lines, *(lines_of(text, 14) for text in known)])
        self.sheet.set_row(self.row, min(13 * (tallest + 1), 400))
        self.row += 1

    def _rest(self) -> None:
        footer = self.template.footer
        for label, pointer, kind in (
            (self.template.more["remarks"], pointer_of("remarks"), Kind.TEXT),
            (footer["filled_by"], pointer_of("contact", "filled_by"), Kind.TEXT),
            (footer["phone"], pointer_of("contact", "phone"), Kind.TEXT),
            (footer["head"], pointer_of("contact", "head"), Kind.TEXT),
            (footer["filled_on"], pointer_of("contact", "filled_on"), Kind.DATE),
        ):
            self._known(0, label)
            self._free(2, pointer, kind)
            self.row += 1
