"""What a ticket is filed under, by what speaks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW, candidate, planned
from tickets.category import Proposal, Signs, Source, categorise, correct, lineage, propose
from tickets.events import EventKind
from tickets.lifecycle import LifecycleError

DEEP = "delivery.late.slot.evening"


def signs(
    quotes: dict[str, list[str]] | None = None,
    seeds: dict[str, tuple[float, str]] | None = None,
    learned: dict[str, float] | None = None,
) -> Signs:
    return Signs(quotes or {}, seeds or {}, learned or {})


def test_the_most_specific_query_decides_and_quotes() -> None:
    found = propose(signs({"delivery": ["courier", "van"], DEEP: ["evening slot"]}), {})
    assert found == Proposal(DEEP, Source.KEYWORDS, 0.5, ("evening slot",))


def test_meaning_decides_where_no_word_does_and_far_seeds_do_not() -> None:
    near = {"billing.refund": (0.61, "I want my money back."), "staff": (0.5, "They were rude.")}
    found = propose(signs(seeds=near), {Source.SIMILARITY: (8, 6)})
    assert found == Proposal("billing.refund", Source.SIMILARITY, 0.7, ("like: I want my money back. (0.61)",))
    assert propose(signs(seeds={"staff": (0.39, "x")}), {}) is None
    assert propose(signs(), {}) is None


def test_both_agree_on_the_deeper_and_words_win_when_they_do_not() -> None:
    agreeing = signs({"delivery": ["courier"]}, {"delivery.late": (0.6, "It came late.")})
    found = propose(agreeing, {})
    assert found is not None and (found.category, found.source) == ("delivery.late", Source.BOTH)
    assert found.evidence == ("courier", "like: It came late. (0.60)")
    other = propose(signs({"delivery": ["courier"]}, {"staff": (0.9, "They were rude.")}), {})
    assert other is not None and (other.category, other.evidence) == ("delivery", ("courier",))


def test_what_was_learned_goes_first_and_steps_back_where_it_is_unsure() -> None:
    sure = propose(signs({"staff": ["rude"]}, learned={DEEP: 0.8, "staff": 0.2}), {})
    assert sure is not None and (sure.category, sure.source, sure.confidence) == (DEEP, Source.LEARNED, 0.8)
    torn = propose(signs(learned={"delivery.late": 0.4, "delivery.lost": 0.35, "staff": 0.25}), {})
    assert torn is not None and (torn.category, torn.confidence) == ("delivery", 0.75)
    nowhere = propose(signs({"staff": ["rude"]}, learned={"a": 0.4, "b": 0.3, "c": 0.3}), {})
    assert nowhere is not None and nowhere.source is Source.KEYWORDS


@given(st.dictionaries(st.sampled_from(["a", "a.b", "a.b.c", "d", "d.e"]), st.floats(0.01, 1), min_size=1))
def test_a_learned_category_is_probable_enough_and_no_more_than_certain(weights: dict[str, float]) -> None:
    total = sum(weights.values())
    found = propose(signs(learned={name: weight / total for name, weight in weights.items()}), {})
    if found is not None:
        assert 0.5 <= found.confidence <= 1.0 and found.category in {up for name in weights for up in lineage(name)}


def test_filing_and_correcting_are_events_that_keep_what_was_before() -> None:
    ticket = planned([candidate()]).opened[0]
    filed = categorise(ticket, NOW, Proposal("delivery", Source.KEYWORDS, 0.5, ("courier",)))
    (event,) = filed.events
    assert (event.kind, event.note) == (EventKind.CATEGORISED, "courier")
    fixed = correct(filed.ticket, "amira", NOW, "staff", ("delivery", "keywords"), ("delivery", "staff"))
    assert dict(fixed.events[0].data) == {
        "category": "staff", "source": "person", "confidence": "1", "from": "delivery", "from_source": "keywords",
    }  # fmt: skip
    with pytest.raises(LifecycleError, match="no category 'x'") as refused:
        correct(ticket, "amira", NOW, "x", None, ("delivery", "staff"))
    assert refused.value.allowed == "delivery, staff"
