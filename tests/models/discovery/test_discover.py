"""Discovery over texts whose subjects are known."""

from functools import cache

import numpy as np
import pytest

from models.discovery.codes import directions, neighbours, quantise
from models.discovery.discover import FEWEST_TEXTS, Discovery, DiscoverySettings, discover
from models.discovery.grouping import Former, GroupSettings, belonging, group
from models.discovery.lineage import Fate, descend
from models.discovery.names import theme_names
from models.discovery.space import NONE, packed, unpacked
from models.discovery.stability import Held, candidates, choose_number, resample
from models.discovery.tree import TreeSettings, consolidated, nearest_mean
from models.discovery.words import proper_names, words
from models.segments import digest
from tests.models.discovery.texts import SUBJECTS, WordEncoder, blurred, sentences

TREE = TreeSettings(neighbours=15)
SETTINGS = DiscoverySettings(groups=GroupSettings(subsets=4, tree=TREE))


@cache
def corpus() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts and the subject of each."""
    pairs = [(text, subject) for subject in SUBJECTS for text in sentences(subject, 40)]
    return tuple(text for text, _ in pairs), tuple(subject for _, subject in pairs)


def found_in(texts: tuple[str, ...], kept: dict[str, int] | None = None, before: Former | None = None) -> Discovery:
    codes = quantise(WordEncoder().vectors(texts))
    return discover([digest(text) for text in texts], texts, codes, SETTINGS, before=before, kept=kept)


def former(found: Discovery) -> Former:
    return Former(found.space, np.array([theme.stability for theme in found.themes]))


@pytest.fixture(scope="module")
def discovery() -> Discovery:
    return found_in(corpus()[0])


def test_each_subject_is_a_theme_and_the_number_is_not_told(discovery: Discovery) -> None:
    subject = {digest(text): subject for text, subject in zip(*corpus(), strict=True)}
    said: dict[int, list[str]] = {}
    for name, place in zip(discovery.digests, discovery.labels.tolist(), strict=True):
        said.setdefault(place, []).append(subject[name])
    said.pop(NONE, None)
    assert len(said) >= len(SUBJECTS)
    for subjects in said.values():
        assert max(subjects.count(one) for one in set(subjects)) >= 0.9 * len(subjects)
    assert {max(set(subjects), key=subjects.count) for subjects in said.values()} == set(SUBJECTS)
    assert all(set(theme.terms) & set(" ".join(SUBJECTS.values()).split()) for theme in discovery.themes)


def test_order_and_repeats_change_nothing(discovery: Discovery) -> None:
    texts = corpus()[0]
    order = np.random.default_rng(3).permutation(len(texts))
    shuffled = tuple(texts[at] for at in order)
    assert found_in((*shuffled, *shuffled[:30])).fingerprint == discovery.fingerprint


def test_later_rows_are_told_by_the_function_that_told_the_first(discovery: Discovery) -> None:
    again = unpacked(packed(discovery.space))
    texts = {digest(text): text for text in corpus()[0]}
    codes = quantise(WordEncoder().vectors([texts[name] for name in discovery.digests]))
    places, _ = again.assign(codes)
    alone = np.array([again.assign(codes[at : at + 1])[0][0] for at in range(len(codes))])
    assert np.array_equal(places, discovery.labels) and np.array_equal(alone, places)


def test_words_of_other_subjects_and_no_words_have_no_theme(discovery: Discovery) -> None:
    strange = quantise(WordEncoder().vectors(["", "zebra quartz violin", "ocean turbine marmalade cello"]))
    assert discovery.space.assign(strange)[0].tolist()[0] == NONE
    known = quantise(WordEncoder().vectors(sentences("parking", 30, seed=9)))
    _, far = discovery.space.assign(strange[1:])
    _, near = discovery.space.assign(known)
    assert far.max() < near.min()


def test_settled_texts_stay_together_beside_what_is_found() -> None:
    settled = {digest(text): 7 for text in sentences("cafe", 40)}
    found = found_in(corpus()[0], settled)
    places = np.array([found.labels[found.digests.index(name)] for name in settled])
    last = len(found.themes) - 1
    assert np.mean(places == last) >= 0.9 and found.themes[last].size <= 44


def test_too_few_texts_have_no_themes() -> None:
    found = found_in(corpus()[0][: FEWEST_TEXTS - 1])
    assert found.themes == () and set(found.labels.tolist()) == {NONE}


def test_neighbours_are_exact_and_ties_keep_the_order_of_rows() -> None:
    codes = quantise(WordEncoder().vectors([*corpus()[0][:30], *corpus()[0][:3]]))
    near = neighbours(codes, 5)
    rows = directions(codes)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    assert np.allclose(near.cosines, -np.sort(-cosines, axis=1)[:, :5], atol=1e-6)
    assert near.places[0, 0] == 30 and near.places[31, 0] == 1
    some = np.arange(0, 33, 2)
    among = neighbours(codes, 32).among(some, 3)
    assert np.array_equal(among.cosines, neighbours(codes[some], 3).cosines)


def test_the_number_is_the_smallest_within_a_standard_error_of_the_best() -> None:
    def told(mean: float, error: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return mean + error * np.array([-1.0, 1.0])  # of two values the standard error is half their distance

    assert choose_number({5: told(0.9, 0.01), 10: told(0.97, 0.01), 20: told(1.0, 0.02)}) == 20
    assert choose_number({5: told(0.9, 0.01), 10: told(0.99, 0.01), 20: told(1.0, 0.02), 40: told(0.99, 0.02)}) == 10
    assert candidates(80, 200) == [2, 3, 4, 5, 6, 7, 9] and candidates(80, 1) == [2]
    assert candidates(100_000, 30)[-1] <= 30


def test_groups_tell_as_much_as_they_hold() -> None:
    groups = np.array([0, 0, 1, 2])
    entropy = 0.5 * np.log(2) + 0.5 * np.log(4)
    firm = Held(groups, np.ones((3, 3)))
    assert firm.information == pytest.approx(np.full(3, entropy))
    assert Held(groups, np.full((3, 3), 0.5)).information == pytest.approx(np.zeros(3))
    assert Held(groups, np.array([[1, 0.75, 0.2]])).information == pytest.approx([0.5 * np.log(2) + 0.125 * np.log(4)])


def test_consolidation_moves_rows_to_the_nearest_mean_and_loses_no_group() -> None:
    rows = np.array([[0.0], [0.1], [1.0], [1.1], [5.0]])
    assert consolidated(rows, np.array([0, 0, 0, 1, 2])).tolist() == [0, 0, 1, 1, 2]
    assert consolidated(np.zeros((3, 1)), np.array([0, 1, 2])).tolist() == [0, 1, 2]
    assert nearest_mean(rows, np.array([3, 3, -1, 7, -1])).tolist() == [3, 3, 7, 7, 7]


def test_a_second_discovery_carries_on_what_there_was_and_adds_what_is_new(discovery: Discovery) -> None:
    texts, codes = corpus()[0], quantise(WordEncoder().vectors(corpus()[0]))
    few = [at for at, subject in enumerate(corpus()[1]) if subject != "lighting"]
    names = [digest(text) for text in texts]
    first = discover([names[at] for at in few], [texts[at] for at in few], codes[few], SETTINGS)
    second = discover(names, texts, codes, SETTINGS, before=former(first))
    assert second.carried is None
    old, _ = first.space.assign(codes)
    new, _ = second.space.assign(codes)
    fates = descend([str(at) for at in range(len(first.themes))], old, new, len(second.themes))
    assert sum(one.fate is Fate.KEPT for one in fates) >= 0.9 * len(first.themes)
    lights = np.array([subject == "lighting" for subject in corpus()[1]])
    places = new[lights]
    assert (new[~lights][:, None] != np.unique(places[places != NONE])).mean() >= 0.95  # they are with nobody else


def test_where_nothing_begins_the_space_stays_and_a_theme_without_texts_ends(discovery: Discovery) -> None:
    texts, subjects = corpus()
    again = found_in(texts, before=former(discovery))
    assert again.carried == tuple(range(len(discovery.themes)))
    assert packed(again.space) == packed(discovery.space) and np.array_equal(again.labels, discovery.labels)
    places = discovery.space.assign(quantise(WordEncoder().vectors(texts)))[0].tolist()
    lights = {place for place, subject in zip(places, subjects, strict=True) if subject == "lighting"}
    others = tuple(text for text, subject in zip(texts, subjects, strict=True) if subject != "lighting")
    less = found_in(others, before=former(discovery))
    assert less.carried is not None and set(range(len(discovery.themes))) - set(less.carried) == lights - {NONE}


def test_a_theme_ends_when_its_evidence_is_gone_not_when_it_dips(discovery: Discovery) -> None:
    texts, codes = corpus()[0], quantise(WordEncoder().vectors(corpus()[0]))
    names = [digest(text) for text in texts]
    held_now = np.array([theme.stability for theme in found_in(texts, before=former(discovery)).themes])
    weak = int(held_now.argmax())
    for was, stays in ((1.0, True), (-1.0, False)):  # what was counts as well
        known = former(discovery)
        known.stability[weak] = was
        found = discover(names, texts, codes, SETTINGS, before=known)
        assert (found.carried is not None and weak in found.carried) is stays


def test_settled_places_are_carried_on_in_their_order(discovery: Discovery) -> None:
    settled = {name: 0 for name, place in zip(discovery.digests, discovery.labels.tolist(), strict=True) if place == 0}
    again = found_in(corpus()[0], settled, former(discovery))
    assert again.carried == tuple(range(len(discovery.themes))) and again.themes[0].stability == 1.0
    assert np.array_equal(again.labels, discovery.labels), "a pin changes nothing for the others"


@pytest.mark.parametrize("seed", [2, 4])
def test_a_second_look_at_the_same_texts_changes_nothing_however_blurred_they_are(seed: int) -> None:
    texts = tuple(blurred(8, 160, seed))
    first = found_in(texts)
    assert min(theme.stability for theme in first.themes) < SETTINGS.groups.bar, "some theme is doubtful"
    again = found_in(texts, before=former(first))
    assert again.carried == tuple(range(len(first.themes))) and again.themes == first.themes
    assert again.fingerprint == first.fingerprint


def test_a_loose_group_belongs_to_the_nearest_theme_or_the_one_it_did_and_to_none_where_only_one_is_left() -> None:
    rows, placed = np.array([[0.0], [0.1], [5.0], [1.0], [4.0]]), np.array([0, 0, 1, 2, 3])
    theme, none = np.array([True, True, False, False]), np.full(4, NONE)
    assert belonging(rows, placed, theme, none).tolist() == [0, 1, 0, 1]
    assert belonging(rows, placed, theme, np.array([NONE, NONE, 1, 2])).tolist() == [0, 1, 1, 1]
    empty = np.array([True, True, True, False, False])  # the third is pinned and has no text now
    assert belonging(rows, np.array([0, 0, 1, 3, 4]), empty, np.full(5, NONE)).tolist() == [0, 1, 2, 0, 1]
    assert belonging(rows, placed, np.array([True, False, False, False]), none).tolist() == [0, NONE, NONE, NONE]
    codes, names = quantise(WordEncoder().vectors(corpus()[0])), [digest(text) for text in corpus()[0]]
    found = group(resample(codes, names, 2, TREE), codes, GroupSettings(subsets=2, floor=1.01), None)
    assert len(found.stability) == 0 and set(found.space.assign(codes)[0].tolist()) == {NONE}


def test_texts_of_a_loose_group_are_told_with_the_cosine_of_their_themes_middle(discovery: Discovery) -> None:
    joined = discovery.space.arranged(range(len(discovery.themes)), np.array([0, *range(len(discovery.themes) - 1)]))
    codes = quantise(WordEncoder().vectors(corpus()[0]))
    groups, (places, near) = joined.groups(codes), joined.assign(codes)
    assert set(places[groups == 1].tolist()) == {0} and len(places[groups == 1])
    assert near[groups == 1].max() < near[groups == 0].min()


def test_subsets_do_not_depend_on_the_first_digits() -> None:
    names = [f"00000000{digest(text)}"[:24] for text in corpus()[0]]
    trees = resample(quantise(WordEncoder().vectors(corpus()[0])), names, 3, TREE)
    assert all(60 < len(rows) < 130 for rows, _ in trees.subsets)


def test_words_are_class_tf_idf_with_frozen_counts() -> None:
    texts = ["lamp flickers", "lamp flickers", "lamp flickers", "tray of soup", "tray of soup", "soup tray lamp"]
    told = words(texts, np.array([0, 0, 0, 1, 1, -1]), 2)
    assert told.counts == {"flickers": 3, "lamp": 4, "lamp flickers": 3, "soup": 3, "tray": 3}
    assert told.mean == 8 and "soup" in told.of_theme[1] and "soup" not in told.of_theme[0]
    # Several words that say what it is come first, and nothing says it again.
    assert told.of_theme[0] == ("lamp flickers",)
    assert words(["", "!"], np.array([0, 0]), 1).of_theme == ((),)
    assert words(["will be back"] * 3, np.array([0, 0, 0]), 1).of_theme[0] == ("back", "will")


def test_terms_begin_and_end_with_words_that_say_something() -> None:
    said = ["The top up of my card failed", "a top up failed again", "my top up failed", "top up failed", "lack of it"]
    assert words(said, np.zeros(5, int), 1).of_theme[0] == ("top up", "failed")
    assert words(["excellent staff"] * 3, np.zeros(3, int), 1).of_theme[0][0] != "excellent staff"


def test_names_lead_with_what_it_is_about_and_say_nothing_twice() -> None:
    said = ["My NHS card payment", "the NHS line", "(NHS) card payments declined."]
    assert theme_names([["card payment", "payments", "declined", "nhs"]], [said]) == ("Card payment: declined, NHS",)
    assert theme_names([["excellent", "nhs"], ["excellent"], []], [said, [], []]) == (
        "NHS: excellent",
        "Excellent",
        "Unnamed",
    )


def test_people_and_places_are_no_theme_unless_it_is_about_them() -> None:
    said = [
        "Ask Rosalind about lamps",
        "So Rosalind sold lamps",
        "Lamps from Rosalind",
        "rosalind again",
        "NHS lamps",
        "Lamps",
    ]
    said += ["lamps sold"] * 10
    assert proper_names(said) == {"rosalind"}
    assert not any("rosalind" in term for term in words(said, np.zeros(16, int), 1).of_theme[0])
    about = words(said, np.array([0] * 4 + [1] * 12), 2).of_theme
    assert "rosalind" in about[0] and "rosalind" not in about[1]
    assert theme_names([["think", "lamps", "thank"]], [["I do. Thank you", "do thank you"]]) == ("Lamps: think, thank",)
