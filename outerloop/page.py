"""A report as sections of words, tables, charts and quotations: what HTML, PDF and mail each lay out in their way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart by name, and what it shows for who cannot see it."""

    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Quotes:
    """Comments under a heading."""

    about: str
    comments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence or two, and what belongs under it; `notes` say how to read it."""

    title: str
    lead: str = ""
    items: tuple[str, ...] = ()
    table: Table | None = None
    chart: Chart | None = None
    quotes: tuple[Quotes, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure: its name, the figure, and what to compare it with."""

    name: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. `warning` is "" or what the reader must know before any figure."""

    title: str
    subtitle: str
    warning: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    footer: str
