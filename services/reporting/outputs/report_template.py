"""The Word template of reports, made from code: no binary is kept in the repository.

Layout of GB/T 9704: A4, margins 37/35/28/26 mm, title 二号小标宋, text 三号仿宋_GB2312 with an
indent of two characters and 28 points between lines. Fonts are named, never embedded.

A bureau may use a template of its own: it is a .docx with docxtpl's tags, and is checked before.
"""

import functools
import io
import zipfile
from typing import Final

from services.reporting.outputs.packing import EPOCH

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
HEAD_FONT: Final = "黑体"
LATIN: Final = "Times New Roman"
TWIPS_PER_MM: Final = 1440 / 25.4
TEXT_TWIPS: Final = 8_844
"""Width of the text on an upright page: 156 mm."""
TEXT_TWIPS_ACROSS: Final = 14_003
"""The same on a page across: 247 mm."""
PAGE_MM: Final = (210, 297)
MARGINS_MM: Final = {"top": 37, "bottom": 35, "left": 28, "right": 26}
SIZE: Final = (
    '<w:rPr><w:sz w:val="{{ part.half_points }}"/><w:szCs w:val="{{ part.half_points }}"/></w:rPr>'
)
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"


@functools.cache
def default_template() -> bytes:
    """Make the template."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts().items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text.encode())
    return buffer.getvalue()


def _parts() -> dict[str, str]:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return {
        "[Content_Types].xml": head + _content_types(),
        "_rels/.rels": head + _relationships(
            ("officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": head + _core(),
        "word/document.xml": head + _document(),
        "word/styles.xml": head + _styles(),
        "word/footer1.xml": head + _footer(),
        "word/_rels/document.xml.rels": head + _relationships(
            ("styles", "styles.xml"), ("footer", "footer1.xml")
        ),
    }  # fmt: skip


def _content_types() -> str:
    overrides = {
        "/word/document.xml": f"{_TYPES}.document.main+xml",
        "/word/styles.xml": f"{_TYPES}.styles+xml",
        "/word/footer1.xml": f"{_TYPES}.footer+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    named = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        f"{named}</Types>"
    )


def _relationships(*found: tuple[str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" '
        f'Type="{kind if kind.startswith("http") else f"{_R}/{kind}"}" Target="{target}"/>'
        for number, (kind, target) in enumerate(found, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _core() -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<dc:creator>Dualwatch</dc:creator></cp:coreProperties>"
    )


def _document() -> str:
    body = [
        _paragraph("Title", "{{ title }}"),
        _loop("line in subtitle", _paragraph("Subtitle", "{{ line }}")),
        _loop("block in sections", _block()),
        _loop("line in ending", _paragraph("Ending", "{{ line }}")),
        _section("portrait", last=False),
        _loop("block in appendices", _block()),
        _section("landscape", last=True),
    ]
    return (
        f'<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>{"".join(body)}</w:body></w:document>'
    )


def _block() -> str:
    table = _paragraph("Caption", "{{ part.caption }}") + _table() + _paragraph("Small", "")
    chart = _paragraph("Chart", "{{ part.picture }}") + _paragraph("Caption", "{{ part.caption }}")
    return (
        _paragraph("Heading1", "{{ block.title }}")
        + _loop("line in block.paragraphs", _paragraph("BodyText", "{{ line }}"))
        + _loop(
            "part in block.parts",
            _paragraph("Small", "{%p if part.rows %}")
            + table
            + _paragraph("Small", "{%p else %}")
            + chart
            + _paragraph("Small", "{%p endif %}"),
        )
    )


def _table() -> str:
    head = "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" + _cells(
        "cell in part.heads", "TableHead", "{{ cell }}"
    )
    rows = _cells("cell in row", "TableText", "{{ cell }}")
    border = 'w:val="single" w:sz="4" w:space="0" w:color="444444"'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f"<w:{side} {border}/>" for side in sides)
    return (
        '<w:tbl><w:tblPr><w:tblW w:w="{{ part.width }}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr>"
        '<w:tblGrid>{% for width in part.widths %}<w:gridCol w:w="{{ width }}"/>{% endfor %}'
        "</w:tblGrid>"
        f"{head}</w:tr>"
        f"<w:tr>{_cell('TableText', '{%tr for row in part.rows %}')}</w:tr>"
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{rows}</w:tr>"
        f"<w:tr>{_cell('TableText', '{%tr endfor %}')}</w:tr></w:tbl>"
    )


def _cells(loop: str, style: str, text: str) -> str:
    return (
        _cell(style, f"{{%tc for {loop} %}}")
        + _cell(style, text, '<w:tcW w:w="{{ cell.width }}" w:type="dxa"/>', SIZE)
        + _cell(style, "{%tc endfor %}")
    )


def _cell(style: str, text: str, width: str = "", run: str = "") -> str:
    properties = f'<w:tcPr>{width}<w:vAlign w:val="center"/></w:tcPr>'
    return f"<w:tc>{properties}{_paragraph(style, text, run)}</w:tc>"


def _loop(words: str, inside: str) -> str:
    return (
        _paragraph("Small", f"{{%p for {words} %}}") + inside + _paragraph("Small", "{%p endfor %}")
    )


def _paragraph(style: str, text: str, properties: str = "") -> str:
    run = f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _section(orientation: str, *, last: bool) -> str:
    width, height = (round(mm * TWIPS_PER_MM) for mm in PAGE_MM)
    turned = orientation == "landscape"
    size = (height, width) if turned else (width, height)
    margins = MARGINS_MM if not turned else {"top": 28, "bottom": 26, "left": 25, "right": 25}
    sides = " ".join(f'w:{side}="{round(mm * TWIPS_PER_MM)}"' for side, mm in margins.items())
    across = ' w:orient="landscape"' if turned else ""
    found = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/>'
        f'<w:pgSz w:w="{size[0]}" w:h="{size[1]}"{across}/>'
        f'<w:pgMar {sides} w:header="851" w:footer="1134" w:gutter="0"/></w:sectPr>'
    )
    return found if last else f"<w:p><w:pPr>{found}</w:pPr></w:p>"


def _footer() -> str:
    field = (
        '<w:r><w:t xml:space="preserve">— </w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        '<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:r><w:t xml:space="preserve"> —</w:t></w:r>'
    )
    page = f'<w:p><w:pPr><w:pStyle w:val="PageNumber"/></w:pPr>{field}</w:p>'
    return (
        f'<w:ftr xmlns:w="{_W}" xmlns:r="{_R}">{page}{_paragraph("Footer", "{{ footer }}")}</w:ftr>'
    )


def _style(name: str, font: str, half_points: int, properties: str, *, bold: bool = False) -> str:
    fonts = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{font}"/>'
    weight = "<w:b/>" if bold else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{_NAMES.get(name, name)}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{properties}</w:pPr>'
        f'<w:rPr>{fonts}{weight}<w:sz w:val="{half_points}"/>'
        f'<w:szCs w:val="{half_points}"/></w:rPr></w:style>'
    )


_NAMES: Final = {"Heading1": "heading 1", "BodyText": "Body Text", "Caption": "caption"}


def _styles() -> str:
    lines = '<w:spacing w:line="560" w:lineRule="exact"/>'
    indent = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
    centre = '<w:jc w:val="center"/>'
    close = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
    found = [
        _style("Title", TITLE_FONT, 44, f'<w:spacing w:line="640" w:lineRule="exact"/>{centre}'),
        _style("Subtitle", BODY_FONT, 32, f'<w:spacing w:after="280"/>{centre}'),
        _style("Heading1", HEAD_FONT, 32, f'<w:keepNext/>{lines}{indent}<w:outlineLvl w:val="0"/>'),
        _style("BodyText", BODY_FONT, 32, f'{lines}{indent}<w:jc w:val="both"/>'),
        _style("Ending", BODY_FONT, 32, f'{lines}<w:jc w:val="right"/>'),
        _style(
            "Caption",
            HEAD_FONT,
            21,
            f'<w:keepNext/><w:spacing w:before="120" w:after="60"/>{centre}',
        ),
        _style("Chart", BODY_FONT, 21, f"<w:keepNext/>{close}{centre}"),
        _style("TableHead", HEAD_FONT, 18, f"{close}{centre}"),
        _style("TableText", BODY_FONT, 18, f"{close}{centre}"),
        _style("Small", BODY_FONT, 8, close),
        _style("PageNumber", BODY_FONT, 28, f"{close}{centre}"),
        _style("Footer", BODY_FONT, 13, f"{close}{centre}"),
    ]
    normal = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" '
        f'w:eastAsia="{BODY_FONT}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
        '</w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" '
        'w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    )
    return f'<w:styles xmlns:w="{_W}">{normal}{"".join(found)}</w:styles>'
