"""The templates: everything escaped, a missing name is an error, nothing inline that the security policy forbids."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def make_templates(version: str) -> Environment:
    """The environment; `version` goes into the addresses of static files."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = lambda name: f"/static/{name}?v={version}"
    environment.filters |= {
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "pairs": lambda values: [(value, value) for value in values],
        "named": lambda things: [(thing.id, thing.name) for thing in things],
        "titled": lambda surveys: [(survey.id, survey.title or survey.id) for survey in surveys],
    }
    return environment
