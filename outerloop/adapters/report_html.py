"""A page as one HTML file: styles and charts inside, no script, nothing loaded from anywhere."""

from base64 import b64encode
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from outerloop.page import Page


def html_of(page: Page, charts: Mapping[str, str]) -> str:
    """The file's text; `charts` are SVG by name, and a chart that is not among them is left out."""
    environment = Environment(
        loader=PackageLoader("outerloop"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    # As images each chart keeps the ids inside it to itself; pasted in, equal ids of two charts would collide.
    images = {name: "data:image/svg+xml;base64," + b64encode(svg.encode()).decode() for name, svg in charts.items()}
    return environment.get_template("report.html.j2").render(page=page, images=images)
