"""Storms: trouble beyond its usual range, the problem ticket it was put under, and how it ended."""

from starlette.responses import Response

from desk.visit import Visit
from nanni.storm_views import storms_seen

SHOWN = 50


def show(visit: Visit) -> Response:
    """The storms that the person has to do with: they see the problem's ticket or one that belongs to it."""
    found = storms_seen(visit.site.parts, visit.sees, SHOWN)
    policy = visit.site.parts.workspace.policy.policy.storm
    return visit.page("storms.html", lines=found, watched=policy is not None, policy=policy)
