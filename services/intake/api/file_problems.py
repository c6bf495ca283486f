"""What may be wrong with a file that is uploaded, said in both languages."""

from typing import Final

from services.chassis import metrics
from services.chassis.problems import ProblemError, Told, refused
from services.intake.files.tables import UnreadableTableError

REFUSED = metrics.counter(
    "dualwatch_intake_files_refused_total",
    "Uploaded files that were refused as a whole, by problem.",
    ("code",),
)
_TOO_LARGE: Final = frozenset({"too_large", "line_too_long"})
_NOT_A_TABLE: Final = frozenset({"binary", "not_a_workbook", "old_excel", "dtd"})


def unknown_preset(name: str, known: tuple[str, ...]) -> ProblemError:
    """There is no such preset."""
    shown = ", ".join(known)
    return _made(
        404,
        "unknown_preset",
        ("There is no such preset", "没有这个预设"),
        (f"{name[:64]} is none of them.", f"没有预设 {name[:64]}。"),
        (f"There are {shown}.", f"可用的预设:{shown}。"),
    )


def unknown_jurisdiction(code: str) -> ProblemError:
    """There is no such jurisdiction, or none that the caller may know of."""
    return _made(
        422,
        "unknown_jurisdiction",
        ("There is no such jurisdiction", "没有这个财政区划"),
        (f"{code[:64]} is not registered.", f"{code[:64]} 未登记。"),
        ("Register it first, or correct ?jurisdiction=.", "请先登记,或更正 ?jurisdiction=。"),
    )


def too_large(bytes_max: int) -> ProblemError:
    """The file is larger than any that is taken over HTTP."""
    return _made(
        413,
        "file_too_large",
        ("The file is too large", "文件过大"),
        (f"At most {bytes_max} bytes are taken.", f"最多 {bytes_max} 字节。"),
        (
            "`dualwatch publish` takes files of any size; or send it in parts.",
            "可用 dualwatch publish 导入任意大小的文件,或拆分后上传。",
        ),
    )


def empty() -> ProblemError:
    """There is nothing in it."""
    return _made(
        400,
        "empty",
        ("The request holds no file", "请求中没有文件"),
        ("The body is empty.", "请求体为空。"),
        (
            "Send the file's bytes: curl --data-binary @FILE.",
            "请发送文件内容:curl --data-binary @FILE。",
        ),
    )


def cut_off() -> ProblemError:
    """Its sender has gone before its end."""
    return _made(
        400,
        "cut_off",
        ("The upload is cut off", "上传中断"),
        ("The connection ended before the file did.", "文件尚未传完,连接已断开。"),
        ("Send the file again.", "请重新上传。"),
    )


def unreadable(error: UnreadableTableError) -> ProblemError:
    """The file is no table that the preset can read."""
    status = 413 if error.code in _TOO_LARGE else 415 if error.code in _NOT_A_TABLE else 422
    return _made(
        status,
        f"file_{error.code}",
        ("The file cannot be read", "文件无法读取"),
        (error.english, error.chinese),
        (
            "Send .xlsx or .csv with the headings of GET /v1/files/templates/{preset}.",
            "请上传 .xlsx 或 .csv,表头见 GET /v1/files/templates/{preset}。",
        ),
    )


def too_many_waiting(most: int) -> ProblemError:
    """The publisher has as many files that were never started as it may."""
    return _too_many(most, "wait to be started", "等待启动")


def too_many_read(most: int) -> ProblemError:
    """This process reads as many files as it can."""
    return _too_many(most, "be read", "在读取")


def too_many_running(most: int) -> ProblemError:
    """The publisher has as many files under way as it may."""
    return _too_many(most, "be taken in", "在入账")


def _too_many(most: int, what: str, what_zh: str) -> ProblemError:
    return _made(
        429,
        "too_many_files",
        ("Too many files at once", "同时处理的文件过多"),
        (f"At most {most} files may {what} at once.", f"最多同时有 {most} 个文件{what_zh}。"),
        (
            "Wait for one to end, or delete one that is not needed.",
            "请等待其中一个完成,或删除不需要的文件。",
        ),
        {"Retry-After": "5"},
    )


def unknown_file(file_id: str) -> ProblemError:
    """There is no such file, or none of the caller's."""
    return _made(
        404,
        "unknown_file",
        ("Not found", "未找到"),
        (
            f"There is no file {file_id[:64]}; files are kept 14 days.",
            "没有这个文件;文件保留 14 天。",
        ),
        ("GET /v1/files lists yours.", "GET /v1/files 列出您的文件。"),
    )


def still_reading(file_id: str) -> ProblemError:
    """It was not read to its end: it is being uploaded, or that was cut off."""
    return _made(
        409,
        "file_not_read",
        ("The file is not read yet", "文件尚未读完"),
        (f"{file_id} is being uploaded, or its upload was cut off.", "文件正在上传,或上传被中断。"),
        ("Wait, or send it again.", "请等待,或重新上传。"),
    )


def running(file_id: str) -> ProblemError:
    """It cannot be deleted while it is taken in."""
    return _made(
        409,
        "file_running",
        ("The file is being taken in", "文件正在入账"),
        (f"{file_id} can be deleted once it is done.", "完成后方可删除。"),
        ("Wait for its end.", "请等待其完成。"),
    )


def _made(
    status: int,
    code: str,
    title: Told,
    detail: Told,
    hint: Told,
    headers: dict[str, str] | None = None,
) -> ProblemError:
    REFUSED.labels(code).inc()
    return refused(status, code, title, detail, hint, headers=headers)
