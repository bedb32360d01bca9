"""A page as PDF, set by Typst, which is one wheel without system packages: text, tables and charts as vectors."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from feedback.errors import NanniError
from outerloop.adapters.drawing import printable
from outerloop.page import Page

_TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"


def pdf_of(page: Page, charts: Mapping[str, str], made_at: datetime) -> bytes:
    """The file's bytes; `charts` are SVG by name, `made_at` is written into the file as its date.

    Fonts of the system are used where they fit; without any, those that Typst carries.
    """
    with TemporaryDirectory(prefix="nanni-report-") as name:
        folder = Path(name)
        for chart, svg in charts.items():
            (folder / f"{chart}.pdf").write_bytes(printable(svg))
        (folder / "report.typ").write_bytes(_TEMPLATE.read_bytes())
        # Words go in as data, never as markup: nothing a customer writes is read by Typst.
        data = {"page": json.dumps(asdict(page), ensure_ascii=False), "charts": json.dumps(sorted(charts))}
        try:
            made = typst.compile(
                str(folder / "report.typ"), root=str(folder), sys_inputs=data, timestamp=int(made_at.timestamp())
            )
        except typst.TypstError as error:
            raise NanniError(
                f"the report could not be set as PDF: {error}",
                where=page.title,
                next_step="report it; the HTML is whole",
            ) from error
    assert isinstance(made, bytes), "PDF comes as one file"
    return made
