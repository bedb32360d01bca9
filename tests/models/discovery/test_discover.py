"""Discovery over texts whose subjects are known."""

from functools import cache

import numpy as np
import pytest

from models.discovery.codes import directions, neighbours, quantise
from models.discovery.discover import FEWEST_TEXTS, Discovery, DiscoverySettings, discover
from models.discovery.space import NONE, packed, unpacked
from models.discovery.stability import candidates, choose_number, held_information, resample
from models.discovery.words import readable, words
from models.segments import digest
from tests.models.discovery.texts import SUBJECTS, WordEncoder, sentences

SETTINGS = DiscoverySettings(subsets=4)


@cache
def corpus() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts and the subject of each."""
    pairs = [(text, subject) for subject in SUBJECTS for text in sentences(subject, 40)]
    return tuple(text for text, _ in pairs), tuple(subject for _, subject in pairs)


def found_in(texts: tuple[str, ...], kept: dict[str, int] | None = None) -> Discovery:
    codes = quantise(WordEncoder().vectors(texts))
    return discover([digest(text) for text in texts], texts, codes, SETTINGS, kept=kept)


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


def test_the_number_is_the_smallest_that_tells_enough_or_the_last_one_if_that_does() -> None:
    told = {5: 0.8, 10: 1.0, 11: 1.02, 30: 1.1, 60: 0.9}
    assert choose_number(told) == 10
    assert choose_number(told, before=12) == 11
    assert choose_number(told, before=5) == 10
    assert candidates(80, 200) == [2, 3, 4, 5, 6, 7, 8, 9] and candidates(5, 200) == []


def test_groups_tell_as_much_as_they_hold() -> None:
    codes = quantise(WordEncoder().vectors(corpus()[0]))
    trees = resample(codes, [digest(text) for text in corpus()[0]], 3, SETTINGS.tree)
    shares = np.bincount(trees.whole.cut(4)) / len(codes)
    assert held_information(trees, 4, np.ones((3, 4))) == pytest.approx(0.5 * -(shares * np.log(shares)).sum())
    assert held_information(trees, 4, np.full((3, 4), 0.5)) == 0


def test_subsets_do_not_depend_on_the_first_digits() -> None:
    names = [f"00000000{digest(text)}"[:24] for text in corpus()[0]]
    trees = resample(quantise(WordEncoder().vectors(corpus()[0])), names, 3, SETTINGS.tree)
    assert all(60 < len(rows) < 130 for rows, _ in trees.subsets)


def test_words_are_class_tf_idf_with_frozen_counts() -> None:
    texts = ["lamp flickers", "lamp flickers", "lamp flickers", "tray of soup", "tray of soup", "soup tray lamp"]
    told = words(texts, np.array([0, 0, 0, 1, 1, -1]), 2)
    assert told.counts == {"flickers": 3, "lamp": 4, "lamp flickers": 3, "soup": 3, "tray": 3}
    assert told.mean == 8 and "soup" in told.of_theme[1] and "soup" not in told.of_theme[0]
    # Of each three in nine terms of the theme: the rarer in all texts weighs more.
    assert told.of_theme[0].index("flickers") < told.of_theme[0].index("lamp")
    assert words(["", "!"], np.array([0, 0]), 1).of_theme == ((),)
    assert words(["will be back"] * 3, np.array([0, 0, 0]), 1).of_theme[0] == ("back", "will", "will back")


def test_names_say_nothing_twice() -> None:
    assert readable(["top", "top up", "declined", "decline", "payments"]) == "Top up, declined, payments"
    assert readable([]) == "Unnamed"
