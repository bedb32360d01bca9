import gzip
from collections import Counter
from pathlib import Path

import pytest

from feedback.errors import NotFoundError
from models.sentiment import Sentiment
from models.training.datasets import IMPROVE, WHY, load_goemotions, load_human_rated, load_nhs, load_uci


def write(folder: Path, name: str, text: str) -> None:
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write(text)


def test_survey_comments_have_the_question_that_was_asked(tmp_path: Path) -> None:
    write(tmp_path, "nhs_fft_neas.csv.gz", (
        "Comment sentiment,FFT answer,FFT question,Service type 1,Respondent ID\n"
        "2.0,Nothing,FFT Why?,111,r1\n"
        "5.0, Far too slow ,How could we improve?,See and Convey,r2\n"
        "3.0,N/A,FFT Why?,PTS\u00a0 - Patient Transport,r1\n"
        ",not labelled,FFT Why?,111,r3\n"
        "1.0,Did not answer,FFT Why?,111,r4\n"
    ))  # fmt: skip
    mended = load_nhs(tmp_path)
    assert [(e.text, e.question, e.label, e.group) for e in mended] == [
        ("Nothing", IMPROVE, Sentiment.POSITIVE, "nhs:r1"),
        ("Far too slow", IMPROVE, Sentiment.NEGATIVE, "nhs:r2"),
        ("N/A", IMPROVE, Sentiment.NEUTRAL, "nhs:r1"),
    ]
    assert [e.question for e in load_nhs(tmp_path, mend_questions=False)] == [WHY, IMPROVE, WHY]


def test_rated_sentences_are_grouped_by_document(tmp_path: Path) -> None:
    write(
        tmp_path,
        "human_rated_sentences.csv.gz",
        "domain,id,text,mean_rating\ntweets,7_1,so good,3.1\ntweets,7_2,meh,0\n",
    )
    good, meh = load_human_rated(tmp_path)
    assert (good.label, meh.label) == (Sentiment.POSITIVE, Sentiment.NEUTRAL)
    assert good.group == meh.group == "tweets:7" and good.frustration == 0.0


def test_emotions_become_sentiment_and_frustration(tmp_path: Path) -> None:
    write(tmp_path, "goemotions_train.csv.gz", (
        "comment_id,text,emotions\na,grr,anger|disgust\nb,hm,confusion\nc,mixed,joy|annoyance\nd,sad day,sadness\n"
    ))  # fmt: skip
    angry, confused, mixed, sad = load_goemotions(tmp_path)
    assert (angry.label, angry.frustration) == (Sentiment.NEGATIVE, 1.0)
    assert (confused.label, confused.frustration) == (Sentiment.NEUTRAL, 0.0)
    assert (mixed.label, mixed.frustration) == (None, 1.0)
    assert (sad.label, sad.frustration) == (Sentiment.NEGATIVE, 0.0)


def test_an_absent_file_says_how_to_name_the_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"uci_sentiment_sentences.*--data or NANNI_DATA"):
        load_uci(tmp_path)


def test_the_public_sets_are_as_described(labelled_data: Path) -> None:
    nhs = load_nhs(labelled_data)
    assert len(nhs) > 3800 and {e.label for e in nhs} == set(Sentiment)
    because = Counter(e.question for e in nhs if e.text.lower().startswith("because"))
    nothing = Counter(e.question for e in nhs if e.text.lower().startswith("nothing"))
    assert because[WHY] > 20 * because[IMPROVE] and nothing[IMPROVE] > 20 * nothing[WHY]
