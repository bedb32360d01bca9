"""Where each fired response belongs: a ticket of its own, one that is already there, or none for a stated reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from feedback.disposition import Disposition
from tickets.episodes import NO_THEME, NOTHING_YET, Episodes, age, ended
from tickets.landing import Candidate, OpeningRules, Verdict
from tickets.ticket import Ticket, episode_of

Likeness = Callable[[Candidate, Ticket | Candidate], float]
"""The cosine between what a candidate and a ticket (or another candidate) say; 0 where one of them cannot be read."""


def unlike(one: Candidate, other: Ticket | Candidate) -> float:
    """The likeness of those who cannot read."""
    return 0.0


def count_openings(
    candidates: Sequence[Candidate],
    episodes: Mapping[str, Episodes],
    rules: OpeningRules,
    now: datetime,
    likeness: Likeness = unlike,
) -> int:
    """How many new ticket keys `opening.plan` will take when none of these is refused for want of a budget."""
    places = Places(episodes, rules, now, likeness)
    return sum(places.verdict(i, one).disposition is Disposition.OPENED for i, one in enumerate(candidates))


class _Place(NamedTuple):
    """A live ticket of a customer: the stored `ticket`, or the one that candidate number `opener` opens."""

    ticket: Ticket | None
    opener: int | None = None
    said: Candidate | None = None

    @property
    def words(self) -> Ticket | Candidate:
        """Whose words a response is compared with: the ticket's, or those of the response that opens it."""
        found = self.ticket or self.said
        assert found is not None, "a place is a stored ticket or one of this batch"
        return found

    @property
    def unthemed(self) -> bool:
        """Whether nothing is known of what it is about; a ticket with a theme may have one without merged into it."""
        return self.ticket is None or self.ticket.theme is None


class _Customer:
    """One customer's tickets by episode while a batch is sorted: those that are live, the newest last, and the past."""

    def __init__(self, known: Episodes) -> None:
        by_age = sorted(known.live.items(), key=lambda pair: age(pair[1]))
        self.live: dict[str, _Place] = {episode: _Place(ticket) for episode, ticket in by_age}
        self.past = dict(known.past)

    def last(self) -> _Place:
        """Where what says nothing new belongs: to the ticket that has no theme either, or to the newest."""
        return self.live.get(NO_THEME) or next(reversed(self.live.values()))


class Places:
    """Where the candidates of one batch go: to stored tickets, and to those that the batch itself opens or reopens.

    `episodes` holds those of each customer that has tickets. A customer has at most one live ticket an episode, so a
    second candidate of the same episode joins the first's; so does a second revision of one response. Anonymous
    responses each stand alone. `likeness` is asked only where a theme is missing, of the response or of a ticket of its
    customer, and there is more than one answer.
    """

    def __init__(
        self, episodes: Mapping[str, Episodes], rules: OpeningRules, now: datetime, likeness: Likeness = unlike
    ) -> None:
        self._episodes, self._rules, self._now, self._likeness = episodes, rules, now, likeness
        self._customers: dict[str, _Customer] = {}
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
        if candidate.customer_id is not None:
            del self._customers[candidate.customer_id].live[episode_of(candidate.theme)]

    def _first(self, i: int, candidate: Candidate) -> Verdict:
        if (earlier := candidate.existing) is not None:
            state = "" if earlier.live else f", which is {earlier.status}"
            reason = f"revision of a response that already has ticket {earlier.key}{state}"
            return Verdict(Disposition.REVISED, reason, ticket=earlier)
        if refused := self._refused(candidate):
            return Verdict(Disposition.SUPPRESSED, refused)
        name = candidate.customer_id
        if name is None:
            return Verdict(Disposition.OPENED, "anonymous response: a ticket of its own", opener=i)
        if name not in self._customers:
            self._customers[name] = _Customer(self._episodes.get(name, NOTHING_YET))
        customer = self._customers[name]
        return self._joins(candidate, customer) or self._ended(i, candidate, customer)

    def _refused(self, candidate: Candidate) -> str:
        rules = self._rules
        if candidate.status not in rules.statuses:
            return f"{candidate.status} response"
        if rules.max_age is not None and self._now - candidate.submitted_at > rules.max_age:
            return f"submitted more than {rules.max_age.days} days ago"
        return ""

    def _joins(self, candidate: Candidate, customer: _Customer) -> Verdict | None:
        """The live ticket of its theme, or the one that it sounds like; without a theme at least the last one."""
        episode, live = episode_of(candidate.theme), customer.live
        if episode == NO_THEME and live:
            several = list(dict.fromkeys(live.values())) if len(live) > 1 else []
            return self._alike(candidate, several) or _joined(customer.last())
        if episode in live:
            return _joined(live[episode])
        unthemed = [place for place in (live.get(NO_THEME),) if place is not None and place.unthemed]
        if (found := self._alike(candidate, unthemed)) is None:
            return None
        live[episode] = live.pop(NO_THEME)
        return replace(found, learns=True)

    def _alike(self, candidate: Candidate, places: Iterable[_Place]) -> Verdict | None:
        """The place whose words are most like the candidate's, if any is like enough."""
        least = self._rules.alike
        if least is None or not candidate.said:
            return None
        read = [(self._likeness(candidate, place.words), -at, place) for at, place in enumerate(places)]
        likeness, _, place = max(read, default=(0.0, 0, None))
        if place is None or likeness < least:
            return None
        joined = _joined(place)
        reason = f"{joined.reason}, whose words are like its own ({likeness:.2f}, at least {least:.2f} is asked)"
        return replace(joined, reason=reason, likeness=likeness)

    def _ended(self, i: int, candidate: Candidate, customer: _Customer) -> Verdict:
        """Nothing live to join: a ticket that ended is reopened or followed up on, or there is none."""
        episode = episode_of(candidate.theme)
        before, found = customer.past.get(episode), None
        if before is None or episode == NO_THEME:
            found = self._alike(candidate, self._lately(episode, customer))
        verdict = self._after(i, before if found is None else found.ticket, customer)
        if found is not None:
            told = f"{verdict.reason}: its words are like those on it ({found.likeness:.2f})"
            verdict = replace(verdict, reason=told, likeness=found.likeness, learns=episode != NO_THEME)
        kept = episode
        if verdict.ticket is not None:
            del customer.past[verdict.ticket.episode]
            kept = episode or verdict.ticket.episode
        customer.live[kept] = _Place(verdict.ticket, verdict.opener, candidate)
        return verdict

    def _lately(self, episode: str, customer: _Customer) -> list[_Place]:
        """The tickets that a response could reopen which has no theme, or (for one that has) the one without."""
        return [
            _Place(ticket)
            for theirs, ticket in customer.past.items()
            if (episode == NO_THEME or theirs == NO_THEME) and theirs not in customer.live and self._reopenable(ticket)
        ]

    def _reopenable(self, ticket: Ticket) -> bool:
        return self._rules.reopen is not None and self._rules.reopen.is_open(ticket, self._now)

    def _after(self, i: int, before: Ticket | None, customer: _Customer) -> Verdict:
        if before is None:
            others = "another theme than the customer's live tickets"
            return Verdict(Disposition.OPENED, others if customer.live else "the customer has no live ticket", opener=i)
        if self._reopenable(before):
            return Verdict(Disposition.ATTACHED, f"reopens {before.key}, {ended(before)}", ticket=before, reopens=True)
        return Verdict(Disposition.OPENED, f"follows up on {before.key}, {ended(before)}", opener=i, follows=before)


def _again(first: Verdict) -> Verdict:
    """A second revision of one response in a batch goes where the first went."""
    return Verdict(Disposition.REVISED, "revision of a response in the same batch", first.ticket, first.opener)


def _joined(place: _Place) -> Verdict:
    if place.ticket is not None:
        told = f"the customer has live ticket {place.ticket.key}"
    else:
        told = "the customer's ticket was opened in the same batch"
    return Verdict(Disposition.ATTACHED, told, place.ticket, place.opener)
