"""The customer's own page: how was it? No account, nothing of what the team wrote, once."""

from starlette.responses import Response

from desk.errors import BadFormError
from desk.visit import Visit
from nanni.closing import record_answer, survey_page
from tickets.lifecycle import LifecycleError

LONGEST = 4_000


def show(visit: Visit) -> Response:
    """The question."""
    page = survey_page(visit.site.parts, visit.path("token"))
    return visit.page("survey.html", survey=page, done=page.answered, problem="", comment="")


def answer(visit: Visit) -> Response:
    """Record the answer. A second one is not taken: what the first came to has happened."""
    page, rating = survey_page(visit.site.parts, visit.path("token")), visit.field("rating")
    comment = visit.field("comment")
    if rating not in ("1", "2", "3", "4", "5"):
        return visit.page("survey.html", 422, survey=page, done=False, problem="survey.choose", comment=comment)
    if len(comment) > LONGEST:
        raise BadFormError(f"more than {LONGEST:,} characters", next_step="make it shorter")
    try:
        record_answer(visit.site.parts, visit.path("token"), int(rating), comment)
    except LifecycleError:
        return visit.page("survey.html", 409, survey=page, done=True, problem="", comment="")
    return visit.page("survey.html", survey=page, done=True, problem="", comment="")
