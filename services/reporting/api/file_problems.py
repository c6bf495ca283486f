"""What people are told when a file cannot be made, taken or found."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.chassis.problems import ProblemError, not_found
from services.chassis.refusals import Words
from services.reporting.outputs.fonts import FontsMissingError
from services.reporting.outputs.form_template import UnknownTemplateError
from services.reporting.outputs.own_files import FolderError
from services.reporting.outputs.rendering import FormatMissingError
from services.reporting.outputs.report_docx import TemplateFaultError
from services.reporting.outputs.typesetting import TypesettingError

_FORMAT: Final = Words(
    422,
    "There is no such file of this paper",
    "该材料没有此格式的文件",
    "It is made as: {known}.",
    "可选格式: {known}。",
    "Ask for another format.",
    "请改用其他格式。",
)
_FONTS: Final = Words(
    503,
    "There are no Chinese fonts",
    "本机没有中文字体",
    "{known}.",
    "{known}。",
    "Tell whoever runs Dualwatch; the workbook can be had meanwhile.",
    "请联系运维人员安装字体;其间可下载 Excel 工作簿。",
)
_TEMPLATE: Final = Words(
    409,
    "The paper's template is not kept here",
    "本系统没有该材料的模板",
    "It names the template {known}.",
    "所用模板为 {known}。",
    "Put the template back into DUALWATCH_REPORTING__TEMPLATES, under any name. For forms that are"
    " still filled in another can be chosen: `PATCH /v1/campaigns/{campaign}`, `dualwatch campaigns"
    " change --template`; what was handed in keeps the template that it had.",
    "请将该模板放回 DUALWATCH_REPORTING__TEMPLATES 目录(文件名不限)。尚在填报的监控表可由布置方另选"
    "模板:`PATCH /v1/campaigns/{campaign}` 或 `dualwatch campaigns change --template`;"
    "已提交的材料保持原模板。",
)
_WORD: Final = Words(
    409,
    "The report's Word template cannot be filled",
    "报告的 Word 模板无法使用",
    "{known}.",
    "模板文件或其中的标签有误。",
    "`GET /v1/templates` and `dualwatch report templates check FILE` tell every fault; PDF and"
    " workbook can be had meanwhile.",
    "具体问题见 `GET /v1/templates` 或 `dualwatch report templates check 文件`;"
    "其间可下载 PDF 或 Excel 工作簿。",
)
_FOLDER: Final = Words(
    503,
    "The folder of templates cannot be read",
    "无法读取模板文件夹",
    "{known}.",
    "{known}。",
    "Tell whoever runs Dualwatch to put DUALWATCH_REPORTING__TEMPLATES back; forms and reports keep"
    " the templates that were read before.",
    "请联系运维人员恢复 DUALWATCH_REPORTING__TEMPLATES 文件夹;其间申报表与报告沿用此前读取的模板。",
)
_PDF: Final = Words(
    500,
    "The PDF cannot be set",
    "无法生成 PDF",
    "{known}",
    "排版程序报错。",
    "This is a fault of ours: hand the correlation id on to whoever operates the service; the"
    " workbook can be had meanwhile.",
    "这是系统本身的故障:请将关联编号告知运维人员;其间可下载 Excel 工作簿。",
)
_TOO_LARGE: Final = Words(
    413,
    "The file is too large",
    "文件过大",
    "It may have {known} MiB.",
    "最大 {known} MiB。",
    "Send the file as it was downloaded.",
    "请上传下载时的原文件。",
)
_CELLS: Final = Words(
    422,
    "Nothing was saved: some cells cannot be taken",
    "未保存:部分单元格有误",
    "{known} cells are at fault; `cells` says which and why.",
    "有 {known} 个单元格有误,详见 cells。",
    "Correct these cells and send the workbook again.",
    "请改正后重新上传。",
)
_WORKBOOK: Final = Words(
    422,
    "This is no fill-in workbook of the campaign",
    "不是本监控任务的填报工作簿",
    "{known}.",
    "{known}。",
    "Download the unit's workbook, fill it in and send that file.",
    "请下载本单位的填报工作簿,填写后上传。",
)
_RANGE: Final = Words(
    416,
    "The file has no such bytes",
    "文件没有所请求的字节范围",
    "It has {known} bytes.",
    "共 {known} 字节。",
    "Ask for a range within it, or for all of it.",
    "请在文件范围内请求,或请求整个文件。",
)
_NOT_READY: Final = Words(
    409,
    "The bundle is not ready",
    "打包尚未完成",
    "It is {known}.",
    "当前状态: {known}。",
    "Look at GET /v1/downloads/{id} until its state is ready.",
    "请查询下载状态,就绪后再下载。",
)
_NOTHING: Final = Words(
    422,
    "Nothing is to be put into the bundle",
    "没有可打包的材料",
    "No paper of the campaign that you may see fits.",
    "该监控任务中没有符合条件且您可查看的材料。",
    "Ask for other papers.",
    "请调整筛选条件。",
)


_TOO_MANY: Final = Words(
    422,
    "There are too many papers for one bundle",
    "材料过多,无法一次打包",
    "A bundle has at most {known} papers.",
    "一次最多打包 {known} 份材料。",
    "Ask for one department or unit at a time.",
    "请按部门或单位分别打包。",
)
_TOO_MANY_FORMS: Final = Words(
    422,
    "The unit has too many forms for one workbook",
    "监控表过多,无法放入一个工作簿",
    "A workbook has at most {known} forms.",
    "一个工作簿最多 {known} 张监控表。",
    "Hand in some on the page or by `dualwatch papers fill`, and ask for the rest again.",
    "请先在页面或以 `dualwatch papers fill` 填报一部分,再导出其余部分。",
)
_UNFINISHED: Final = Words(
    429,
    "There are bundles of yours that are still to be made",
    "尚有打包任务未完成",
    "At most {known} are made for one person at a time.",
    "每人同时最多 {known} 个打包任务。",
    "Wait until one of them is ready.",
    "请等待其中一个完成后再提交。",
)


def _said(
    words: Words, code: str, known: object, known_zh: object = None, **extra: Any
) -> ProblemError:
    filled = words._replace(
        detail=words.detail.replace("{known}", str(known)),
        detail_zh=words.detail_zh.replace("{known}", str(known_zh or known)),
    )
    return ProblemError(filled.problem(code, extra=extra))


def cannot_be_made(
    error: FormatMissingError
    | FontsMissingError
    | UnknownTemplateError
    | TemplateFaultError
    | TypesettingError,
) -> ProblemError:
    """Say why a file cannot be made."""
    if isinstance(error, FormatMissingError):
        return _said(_FORMAT, "format_missing", error)
    if isinstance(error, FontsMissingError):
        return _said(_FONTS, "fonts_missing", error)
    if isinstance(error, TemplateFaultError):
        return _said(_WORD, "template_faulty", error)
    if isinstance(error, TypesettingError):
        return _said(_PDF, "pdf_not_set", error)
    return _said(_TEMPLATE, "template_missing", error)


def no_folder(error: FolderError) -> ProblemError:
    """Say that one's own templates cannot be listed."""
    return _said(_FOLDER, "templates_unreadable", error)


def too_large(bytes_max: int) -> ProblemError:
    """Refuse a file beyond its bound."""
    return _said(_TOO_LARGE, "file_too_large", bytes_max // (1024 * 1024))


def unknown_download() -> ProblemError:
    """There is no such bundle, or it is somebody else's."""
    return not_found("unknown_download", "There is no such download.", "没有该下载任务。")


def cells_at_fault(cells: Sequence[Mapping[str, str]], total: int) -> ProblemError:
    """Tell what is wrong with each cell."""
    return _said(_CELLS, "cells_at_fault", total, cells=[*cells])


def no_workbook(reason: str, reason_zh: str) -> ProblemError:
    """Refuse a file that is no fill-in workbook."""
    return _said(_WORKBOOK, "not_a_fill_in_workbook", reason, reason_zh)


def no_range(size: int) -> ProblemError:
    """Refuse a range that the file does not have."""
    found = _said(_RANGE, "range_not_satisfiable", size)
    found.headers["Content-Range"] = f"bytes */{size}"
    return found


def not_ready(state: str) -> ProblemError:
    """Say that a bundle is still being made, or was not."""
    return _said(_NOT_READY, "download_not_ready", state)


def nothing_to_fill_in() -> ProblemError:
    """Say that a unit has no form that is still to be filled in, or none for the caller."""
    return not_found(
        "nothing_to_fill_in",
        "The unit has no form of this campaign to fill in.",
        "该单位在本监控任务中没有待填报的监控表。",
    )


def too_many_papers(most: int) -> ProblemError:
    """Refuse a bundle of more papers than one has."""
    return _said(_TOO_MANY, "too_many_papers", most)


def too_many_forms(most: int) -> ProblemError:
    """Refuse a workbook of more forms than one has: none is left out without a word."""
    return _said(_TOO_MANY_FORMS, "too_many_forms", most)


def too_many_downloads(most: int) -> ProblemError:
    """Refuse another bundle while others wait."""
    found = _said(_UNFINISHED, "too_many_downloads", most)
    found.headers["Retry-After"] = "5"
    return found


def nothing_to_bundle() -> ProblemError:
    """Refuse a bundle of nothing."""
    return _said(_NOTHING, "nothing_to_bundle", "")
