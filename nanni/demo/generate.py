"""The demo's inbox, made from a seed: `python -m nanni.demo.generate FOLDER` writes it below FOLDER.

The same seed gives the same bytes; data/demo/inbox is what the default seed gives.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from nanni.demo.company import SURVEYS
from nanni.demo.defects import SPOILT_CELLS, cut_off, mangled, odd_but_good, previews, spoil
from nanni.demo.dice import Dice
from nanni.demo.exports import MONTHS, Export, make_exports
from nanni.demo.formats import FORMATS, Format
from nanni.demo.grammar import load_grammar
from nanni.demo.people import make_customers
from nanni.demo.plan import Answer, Year

SEED = 1750
CUSTOMERS = 3_400
GOOD = ("edited", "odd", "preview")
"""Kinds of row that are neither repeated nor spoilt, though there is something about them."""

CUT_OFF = ("2026-03", "2026-09")
"""Months whose downloads broke off in the middle of the last row."""

LANGUAGES = ("en", "de", "fr", "es", "ar")


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of the inbox, and what is known to be in it: rows by what should become of them."""

    path: str
    content: bytes
    rows: int
    contents: dict[str, int]


def generate(seed: int = SEED) -> list[ExportFile]:
    """Every file of the demo's inbox, paths relative to the workspace."""
    dice = Dice(np.random.default_rng(seed))
    year = Year(make_customers(CUSTOMERS, dice), {code: load_grammar(code) for code in LANGUAGES}, dice)
    exports = make_exports(list(year.answers()), year, dice)
    return [_export_file(export, year, dice) for export in exports]


def write(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the inbox below a workspace folder; returns the files."""
    written = []
    for file in generate(seed):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        written.append(path)
    return written


def _export_file(export: Export, year: Year, dice: Dice) -> ExportFile:
    form, contents = FORMATS[export.survey], Counter({"repeated": export.repeated, "edited": export.edited})
    extra = _extra_answers(export, year, dice, contents)
    answers = [*export.answers, *extra]
    lines = [form.line(form.row(answer, i + 1)) for i, answer in enumerate(answers)]
    for line in _spoilt_lines(export, form, year, dice, contents, len(answers)):
        lines.insert(dice.below(len(lines)), line)
    if export.month in CUT_OFF:
        lines.append(cut_off(form.line(form.row(_answer(export, year, dice), len(lines) + 1))))
        contents["cut_off"] += 1
    contents["good"] = len(lines) - sum(count for name, count in contents.items() if name not in GOOD)
    text = "".join(form.line(cells) for cells in form.header) + "".join(lines)
    path = f"inbox/{export.survey}/{export.month}.{form.suffix}"
    return ExportFile(path, text.encode(form.encoding, errors="replace"), len(lines), dict(contents))


def _extra_answers(export: Export, year: Year, dice: Dice, contents: Counter[str]) -> list[Answer]:
    """Good rows with odd comments and, where the format knows a status, previews."""
    place = MONTHS.index(export.month)
    extra = [odd_but_good(_answer(export, year, dice), place)]
    contents["odd"] = len(extra)
    if "status" in FORMATS[export.survey].places and place % 3 == 0:
        extra += previews(lambda: _answer(export, year, dice), 4)
        contents["preview"] = 4
    return extra


def _spoilt_lines(
    export: Export, form: Format, year: Year, dice: Dice, contents: Counter[str], number: int
) -> list[str]:
    lines = []
    for defect in dice.shuffled(tuple(SPOILT_CELLS))[:2]:
        number += 1
        row = form.row(_answer(export, year, dice), number)
        lines.append(form.line(spoil(row, defect, form, dice)))
        contents[defect] += 1
    if "status" in form.places:
        spam = list(form.row(_answer(export, year, dice), number + 1))
        spam[form.places["status"]] = "8"
        lines.append(form.line(spam))
        contents["status"] += 1
    if MONTHS.index(export.month) % 3:
        return lines
    if form.suffix == "csv":
        whole = _answer(export, year, dice)
        lines.append(mangled(form.line(form.row(whole, number + 2))))
        contents["mangled"] += 1
    else:
        lines.append('{"id": "ce-broken", "ease": \n')
        contents["mangled"] += 1
    return lines


def _answer(export: Export, year: Year, dice: Dice) -> Answer:
    """One more answer of the export's survey, on some day of its month."""
    first = date(int(export.month[:4]), int(export.month[5:]), 1)
    return year.answer(SURVEYS[export.survey], first + timedelta(days=dice.below(27)))


if __name__ == "__main__":
    for made in write(Path(sys.argv[1] if len(sys.argv) > 1 else "data/demo")):
        sys.stdout.write(f"{made}\n")
