"""Where each fired response belongs: a ticket of its own, one that is already there, or none for a stated reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from feedback.scale import Scale
from tickets.episodes import NOTHING_YET, Episodes, ReopenWindow, ended
from tickets.routing import RoutingFacts
from tickets.ticket import Priority, Ticket, episode_of
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A response whose decision fired: what opening needs to know of it, without what the customer wrote.

    `position` is its row in the batch. `why` says in a sentence why it fired (it may quote, so it is kept erasable).
    `existing` is the ticket that an earlier revision of the same response already has. `priority` and `team` are what
    its rule names instead of the SLA table's and the route's.
    `existing` is the ticket that an earlier revision of the same response already has. `negative` is how probably the
    most negative comment is negative (None: unknown), `reachable` whether the customer left a mail address.
    """

    position: int
    response_id: str
    customer_id: str | None
    survey: str
    submitted_at: datetime
    severity: Severity
    rule: str
    status: ResponseStatus = ResponseStatus.LIVE
    theme: str | None = None
    language: str | None = None
    channel: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    why: str = ""
    policy_hash: str = ""
    existing: Ticket | None = None
    priority: Priority | None = None
    team: str | None = None
    negative: float | None = None
    reachable: bool = False

    def facts(self) -> RoutingFacts:
        """What routing looks at."""
        return RoutingFacts(
            self.severity, self.survey, self.theme, self.language, self.channel, self.attributes, self.team
        )


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """Which fired responses may open tickets: of these statuses, submitted at most `max_age` ago (None: ever).

    Within `reopen` of a ticket's resolution a response of its episode reopens it; None: it opens a follow-up.
    """

    statuses: tuple[ResponseStatus, ...] = (ResponseStatus.LIVE,)
    max_age: timedelta | None = None
    reopen: ReopenWindow | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one candidate; `ticket` is the key it belongs to, `reason` a sentence."""

    position: int
    disposition: Disposition
    reason: str
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a candidate belongs: to the stored `ticket`, to the one that candidate `opener` opens, or nowhere.

    `reopens` when that ticket is over and owed again; `follows` is the one that a new ticket follows up on.
    """

    disposition: Disposition
    reason: str
    ticket: Ticket | None = None
    opener: int | None = None
    reopens: bool = False
    follows: Ticket | None = None


def count_openings(
    candidates: Sequence[Candidate], episodes: Mapping[str, Episodes], rules: OpeningRules, now: datetime
) -> int:
    """How many new ticket keys `opening.plan` will take when none of these is refused for want of a budget."""
    places = Places(episodes, rules, now)
    return sum(places.verdict(i, one).disposition is Disposition.OPENED for i, one in enumerate(candidates))


def _again(first: Verdict) -> Verdict:
    """A second revision of one response in a batch goes where the first went."""
    return Verdict(Disposition.REVISED, "revision of a response in the same batch", first.ticket, first.opener)


class Places:
    """Where the candidates of one batch go: to stored tickets, and to those that the batch itself opens or reopens.

    `episodes` holds those of each customer that has tickets. A customer has at most one live ticket an episode, so a
    second candidate of the same episode joins the first's; so does a second revision of one response. Anonymous
    responses each stand alone.
    """

    def __init__(self, episodes: Mapping[str, Episodes], rules: OpeningRules, now: datetime) -> None:
        self._episodes, self._rules, self._now = episodes, rules, now
        self._here: dict[str, dict[str, Verdict]] = {}
        self._seen: dict[tuple[str, str], Verdict] = {}

    def verdict(self, i: int, candidate: Candidate) -> Verdict:
        """Where candidate number `i` belongs, after those before it."""
        key = (candidate.survey, candidate.response_id)
        if key in self._seen:
            return _again(self._seen[key])
        verdict = self._first(i, candidate)
        if verdict.disposition is not Disposition.SUPPRESSED:
            self._seen[key] = verdict
        return verdict

    def withdraw(self, candidate: Candidate) -> None:
        """Forget a candidate that was to open a ticket and is not let: the next of its episode is asked anew."""
        del self._seen[candidate.survey, candidate.response_id]
        self._here.get(candidate.customer_id or "", {}).pop(episode_of(candidate.theme), None)

    def _first(self, i: int, candidate: Candidate) -> Verdict:
        if (earlier := candidate.existing) is not None:
            state = "" if earlier.live else f", which is {earlier.status}"
            reason = f"revision of a response that already has ticket {earlier.key}{state}"
            return Verdict(Disposition.REVISED, reason, ticket=earlier)
        if refused := self._refused(candidate):
            return Verdict(Disposition.SUPPRESSED, refused)
        if candidate.customer_id is None:
            return Verdict(Disposition.OPENED, "anonymous response: a ticket of its own", opener=i)
        return self._of_episode(i, candidate, candidate.customer_id)

    def _refused(self, candidate: Candidate) -> str:
        rules = self._rules
        if candidate.status not in rules.statuses:
            return f"{candidate.status} response"
        if rules.max_age is not None and self._now - candidate.submitted_at > rules.max_age:
            return f"submitted more than {rules.max_age.days} days ago"
        return ""

    def _of_episode(self, i: int, candidate: Candidate, customer: str) -> Verdict:
        known = self._episodes.get(customer, NOTHING_YET)
        here = self._here.setdefault(customer, {})
        episode = episode_of(candidate.theme)
        if (home := known.home(candidate.theme)) is not None and (episode or not here):
            return Verdict(Disposition.ATTACHED, f"the customer has live ticket {home.key}", ticket=home)
        if (first := here.get(episode) or (None if episode else _last(here))) is not None:
            told = "the customer's ticket was opened in the same batch"
            return Verdict(Disposition.ATTACHED, told, first.ticket, first.opener)
        verdict = here[episode] = self._anew(i, candidate, known)
        return verdict

    def _anew(self, i: int, candidate: Candidate, known: Episodes) -> Verdict:
        """Nothing live to join: the episode's last ticket is reopened, followed up on, or there was none."""
        before, window = known.earlier(candidate.theme), self._rules.reopen
        if before is None:
            told = "another theme than the customer's live tickets" if known.live else "the customer has no live ticket"
            return Verdict(Disposition.OPENED, told, opener=i)
        if window is not None and window.is_open(before, self._now):
            return Verdict(Disposition.ATTACHED, f"reopens {before.key}, {ended(before)}", ticket=before, reopens=True)
        return Verdict(Disposition.OPENED, f"follows up on {before.key}, {ended(before)}", opener=i, follows=before)


def _last(here: Mapping[str, Verdict]) -> Verdict | None:
    return next(reversed(tuple(here.values())), None)


def headline(score: float | None, scale: Scale | None, place: str | None = None) -> str:
    """The subject of a ticket: score first, then the place, for example "NPS 2 – Leeds"; no personal data."""
    name = scale.kind.upper() if scale else "Score"
    told = f"{name} {score:g}" if score is not None else "No score"
    return f"{told} – {place}" if place else told
