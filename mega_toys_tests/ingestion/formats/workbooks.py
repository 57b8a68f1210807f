"""Excel workbooks for tests, of the few parts that a workbook must have."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """The bytes of an `.xlsx` of these sheets: texts, numbers, truths, days and local instants."""
    names = list(enumerate(sheets, 1))
    tabs = "".join(f'<sheet name="{n}" sheetId="{at}" r:id="r{at}"/>' for at, n in names)
    links = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in names
    )
    style = f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    formats = '<xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/>'
    parts = {
        "_rels/.rels": _related(
            f'<Relationship Id="b" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/_rels/workbook.xml.rels": _related(links + style),
        "xl/workbook.xml": f'<workbook xmlns="{_NS}" xmlns:r="{_OFFICE}"><sheets>{tabs}</sheets>'
        "</workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{_NS}"><cellXfs>{formats}</cellXfs></styleSheet>',
    }
    for at, name in names:
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(sheets[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in parts.items():
            packed.writestr(path, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return made.getvalue()


def _related(links: str) -> str:
    return f'<Relationships xmlns="{_RELS}">{links}</Relationships>'


def _sheet(rows: Sequence[Sequence[Any]]) -> str:
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{_NS}"><sheetData>{cells}</sheetData></worksheet>'


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, dt.datetime):
        return f'<c s="1"><v>{(value - _DAY_ZERO) / dt.timedelta(days=1)!r}</v></c>'
    return f"<c><v>{value!r}</v></c>"
