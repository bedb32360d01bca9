"""Read the labelled public data sets (the folder is passed in) into examples."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from feedback.errors import NotFoundError
from models.sentiment import Sentiment
from models.training.examples import NO_TARGET, Example, from_rating, hard, weak_frustration

FRUSTRATION = frozenset({"anger", "annoyance", "disappointment"})
# Groups of the GoEmotions paper (Demszky et al. 2020, figure 2); what it calls ambiguous is neutral here.
_POSITIVE = frozenset(
    "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief".split()
)
_NEGATIVE = frozenset(
    "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness".split()
)
WHY, IMPROVE = "FFT Why?", "How could we improve?"
# In the file the two question columns of these services are exchanged: answers that begin with "because" stand under
# "How could we improve?" (104 against 3) and answers of "nothing" under "FFT Why?" (231 against 5).
_EXCHANGED_SERVICES = frozenset({"111", "PTS - Patient Transport"})


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where a training set comes from, for the model card."""

    file: str
    title: str
    licence: str
    origin: str


SOURCES = (
    DataSource(
        "nhs_fft_neas.csv.gz",
        "NHS Friends and Family Test verbatims of one ambulance trust",
        "MIT",
        "The-Strategy-Unit/pxtextmining",
    ),
    DataSource(
        "human_rated_sentences.csv.gz",
        "Sentences rated by 20 people (Hutto and Gilbert 2014)",
        "MIT",
        "cjhutto/vaderSentiment",
    ),
    DataSource(
        "uci_sentiment_sentences.csv.gz", "UCI Sentiment Labelled Sentences", "CC BY 4.0", "Kotzias et al. 2015"
    ),
    DataSource("goemotions_train.csv.gz", "GoEmotions, training part", "Apache-2.0 / CC BY 4.0", "Demszky et al. 2020"),
)


def load_nhs(folder: Path, *, mend_questions: bool = True) -> list[Example]:
    """The labelled survey comments: 1-2 positive, 3 neutral, 4-5 negative, grouped by respondent.

    `mend_questions` puts back the question that was asked where the file holds the other one.
    """
    frame = _read(folder, "nhs_fft_neas.csv.gz")
    frame = frame[frame["Comment sentiment"].notna() & frame["FFT answer"].fillna("").str.strip().ne("")]
    return list(_nhs_examples(frame, mend_questions))


def _nhs_examples(frame: pd.DataFrame, mend_questions: bool) -> Iterator[Example]:
    columns = ["Comment sentiment", "FFT answer", "FFT question", "Service type 1", "Respondent ID"]
    for level, text, asked, service, respondent in frame[columns].itertuples(index=False):
        question = " ".join(asked.split())
        if mend_questions and " ".join(service.split()) in _EXCHANGED_SERVICES:
            question = {WHY: IMPROVE, IMPROVE: WHY}.get(question, question)
        target = hard(_level(float(level)))
        yield Example(text.strip(), question, target, weak_frustration(target), f"nhs:{respondent}", "nhs")


def _level(sentiment: float) -> Sentiment:
    if sentiment <= 2:
        return Sentiment.POSITIVE
    return Sentiment.NEUTRAL if sentiment == 3 else Sentiment.NEGATIVE


def load_human_rated(folder: Path) -> list[Example]:
    """Sentences with the mean rating of 20 people as soft targets; domain per source, group per document."""
    frame = _read(folder, "human_rated_sentences.csv.gz")
    examples = []
    for domain, number, text, rating in frame[["domain", "id", "text", "mean_rating"]].itertuples(index=False):
        target, document = from_rating(float(rating)), f"{domain}:{number.split('_')[0]}"
        examples.append(Example(text.strip(), "", target, weak_frustration(target), document, domain))
    return [example for example in examples if example.text]


def load_uci(folder: Path) -> list[Example]:
    """Positive and negative review sentences of three sites; domain `uci_<site>`."""
    frame = _read(folder, "uci_sentiment_sentences.csv.gz")
    examples = []
    for site, text, label in frame[["domain", "text", "sentiment"]].itertuples(index=False):
        target = hard(Sentiment(label))
        examples.append(Example(text.strip(), "", target, weak_frustration(target), _text_group(text), f"uci_{site}"))
    return examples


def load_goemotions(folder: Path, part: str = "train") -> list[Example]:
    """Forum comments with emotions, as sentiment and frustration; those of both polarities teach only the latter."""
    frame = _read(folder, f"goemotions_{part}.csv.gz")
    examples = []
    for text, joined in frame[["text", "emotions"]].itertuples(index=False):
        emotions = frozenset(joined.split("|"))
        frustration = float(bool(emotions & FRUSTRATION))
        examples.append(Example(text.strip(), "", _polarity(emotions), frustration, _text_group(text), "goemotions"))
    return examples


def _polarity(emotions: frozenset[str]) -> tuple[float, float, float]:
    positive, negative = bool(emotions & _POSITIVE), bool(emotions & _NEGATIVE)
    if positive and negative:
        return NO_TARGET
    if positive or negative:
        return hard(Sentiment.POSITIVE if positive else Sentiment.NEGATIVE)
    return hard(Sentiment.NEUTRAL)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(folder: Path, name: str) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        raise NotFoundError(
            f"the labelled data set {name} is not there",
            where=str(folder),
            next_step="pass the folder that holds the data sets with --data or NANNI_DATA",
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=["", "Did not answer"])


def _text_group(text: str) -> str:
    folded = " ".join(text.lower().split())
    return "text:" + hashlib.sha256(folded.encode()).hexdigest()[:16]
