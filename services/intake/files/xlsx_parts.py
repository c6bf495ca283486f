"""The parts of a workbook: a zip of XML, read without unpacking anything to disk.

Why not a library: python-calamine holds a whole sheet and aborts the process on a file of 5 kB
whose two cells lie far apart; openpyxl builds 2 GB from a row of 165 kB and knows no merged cells
when it streams. Here a part is read in pieces, a row is bounded, and only parts that the
workbook's own relations name are opened.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, BinaryIO, Final, cast

from lxml import etree

from services.intake.files.tables import Unreadable, UnreadableTableError

Element = etree._Element  # noqa: SLF001 - the type has no public name

ENTRIES_MAX: Final = 4_096
"""Most files in a workbook's zip."""
PART_BYTES_MAX: Final = 1_536 * 1024 * 1024
"""Largest part after expansion: a sheet of a million rows is below it."""
SMALL_PART_BYTES_MAX: Final = 16 * 1024 * 1024
"""Largest part that is read at once (workbook, relations, styles)."""
RATIO_MAX: Final = 250
RATIO_BYTES_MIN: Final = 8 * 1024 * 1024
"""A part that expands to this size and by more than RATIO_MAX is a bomb; tables compress by 40."""
PIECE_BYTES: Final = 64 * 1024
ELEMENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""Most bytes of one row or one shared string."""
MERGES_MAX: Final = 200_000
TAGS_CACHED: Final = 256
"""Element names kept at hand: a sheet has a dozen, asked for once a cell."""

_OLE: Final = b"\xd0\xcf\x11\xe0"
_DTD: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def _refused(code: Unreadable, english: str, chinese: str) -> UnreadableTableError:
    return UnreadableTableError(code, english, chinese)


class Package:
    """An open workbook's zip; only `part` and `pieces` read from it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Look at the directory; UnreadableTableError for what no workbook has."""
        self._archive = archive
        infos = archive.infolist()
        if len(infos) > ENTRIES_MAX:
            raise _refused(
                Unreadable.TOO_LARGE,
                f"more than {ENTRIES_MAX:,} files in the zip",
                "压缩包内文件过多",
            )
        # Case folded, as Office compares them. Two of one name: two readers would see two things.
        self._infos = {info.filename.lstrip("/").casefold(): info for info in infos}
        if len(self._infos) != len(infos):
            raise _refused(
                Unreadable.NOT_A_WORKBOOK,
                "two files of the zip have one name",
                "压缩包内有重名文件",
            )

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.casefold() in self._infos

    def part(self, name: str) -> Element:
        """Read a small part whole."""
        parser = _parser()
        size = 0
        for piece in self.pieces(name):
            size += len(piece)
            if size > SMALL_PART_BYTES_MAX:
                raise _refused(Unreadable.TOO_LARGE, f"{name} is too large", f"{name} 过大")
            with xml_faults(name):
                parser.feed(piece)
        with xml_faults(name):
            return parser.close()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes; a bomb or a damaged part is refused where it is noticed."""
        info = self._infos.get(name.casefold())
        if info is None:
            raise _refused(
                Unreadable.NOT_A_WORKBOOK, f"the workbook has no part {name}", f"工作簿缺少 {name}"
            )
        # What the directory says is checked before anything is read, what comes as it comes.
        _refuse_bomb(name, info.file_size, info.compress_size)
        expanded = 0
        tail = b""
        try:
            with self._archive.open(info) as stream:
                while piece := stream.read(PIECE_BYTES):
                    expanded += len(piece)
                    _refuse_bomb(name, expanded, info.compress_size)
                    if _DTD.search(tail + piece.replace(b"\0", b"")):
                        raise _refused(
                            Unreadable.DTD,
                            f"{name}: a document type definition (DOCTYPE) is not accepted",
                            f"{name} 含有 DOCTYPE 声明,不予接受",
                        )
                    tail = piece.replace(b"\0", b"")[-8:]
                    yield piece
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise _damaged(name) from error
        except Exception as error:
            # zlib.error, lzma.LZMAError: whatever the compressor of that entry raises.
            if type(error).__module__ in {"zlib", "_lzma", "lzma", "bz2"}:
                raise _damaged(name) from error
            raise


def _damaged(name: str) -> UnreadableTableError:
    return _refused(
        Unreadable.DAMAGED,
        f"{name} of the workbook is damaged or encrypted: save it again without a password",
        f"工作簿的 {name} 已损坏或加密:请去掉密码后重新保存",
    )


def _refuse_bomb(name: str, expanded: int, compressed: int) -> None:
    bomb = expanded > RATIO_BYTES_MIN and expanded > RATIO_MAX * max(compressed, 1)
    if bomb or expanded > PART_BYTES_MAX:
        raise _refused(
            Unreadable.TOO_LARGE,
            f"{name} expands to more than {expanded // 1024 // 1024:,} MB from "
            f"{compressed:,} bytes: that is no table",
            f"{name} 解压后超过 {expanded // 1024 // 1024:,} MB,不是正常的表格",
        )


def open_package(stream: BinaryIO) -> Package:
    """Open a workbook; UnreadableTableError if it is none."""
    stream.seek(0)
    if stream.read(4) == _OLE:
        raise _refused(
            Unreadable.OLD_EXCEL,
            "an old .xls file, or a workbook with a password: save it as .xlsx without one",
            "旧版 .xls 或加密的工作簿:请另存为不带密码的 .xlsx",
        )
    stream.seek(0)
    try:
        return Package(zipfile.ZipFile(stream))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused(
            Unreadable.NOT_A_WORKBOOK, f"no .xlsx workbook: {error}", "不是 .xlsx 工作簿"
        ) from error


@contextmanager
def xml_faults(name: str) -> Iterator[None]:
    """Say which part is no XML."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise _refused(
            Unreadable.DAMAGED,
            f"{name} is not well-formed XML: {error.msg}",
            f"{name} 不是合法的 XML",
        ) from error


_SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def _parser() -> etree.XMLParser:
    return etree.XMLParser(**_SAFE)


def elements(package: Package, name: str, tag: str) -> Iterator[Element]:
    """Yield a part's elements of one tag as they end, and forget them; memory is one of them."""
    parser = etree.XMLPullParser(events=("end",), tag=f"{{*}}{tag}", **_SAFE)
    pending = 0
    with xml_faults(name):
        for piece in package.pieces(name):
            parser.feed(piece)
            pending += len(piece)
            for _, found in parser.read_events():
                element = cast("Element", found)
                pending = 0
                yield element
                _forget(element)
            if pending > ELEMENT_BYTES_MAX:
                raise _refused(
                    Unreadable.TOO_LARGE,
                    f"{name}: one {tag} has more than {ELEMENT_BYTES_MAX // 1024 // 1024} MB",
                    f"{name}:单个 {tag} 超过 {ELEMENT_BYTES_MAX // 1024 // 1024} MB",
                )


def _forget(element: Element) -> None:
    element.clear()
    parent = element.getparent()
    # The emptied elements before this one would stay in the tree.
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return _local(str(element.tag))


@lru_cache(TAGS_CACHED)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def relation(element: Element, name: str) -> str | None:
    """Return an attribute by its local name, whatever namespace (transitional or strict)."""
    return next((str(v) for k, v in element.attrib.items() if str(k).endswith("}" + name)), None)


def target_of(base: str, target: str) -> str:
    """Resolve a relation's target within the zip; it never leaves it."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target)).lstrip("/")
