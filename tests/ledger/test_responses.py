from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from feedback.disposition import Disposition
from feedback.errors import NotFoundError, StaleWriteError
from feedback.response import CommentColumn, Respondent, ResponseBatch
from feedback.rows import Flag
from ledger import SqlLedger, open_ledger
from ledger.schema import flags
from tests.builders import NOON, a_batch, a_run, a_survey, landings


def stored(ledger: SqlLedger, batch: ResponseBatch, revision: int = 1) -> list[int]:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        people = uow.responses.customers(batch)
        return uow.responses.add("run-1", batch, landings(batch, customers=people, revision=revision))


def test_a_response_comes_back_as_it_went_in(ledger: SqlLedger) -> None:
    batch = a_batch([2.0, None, 9.5], ["Late \u2013 again \U0001f621", "", 'שלום, "fine"\nand more'])
    stored(ledger, batch)
    with ledger.read() as uow:
        for i in range(3):
            assert uow.responses.find(batch.response_id[i]).response == batch.response(i)


def test_every_column_streams_back_in_order_of_submission(ledger: SqlLedger) -> None:
    survey = a_survey("web_csat", questions=("good", "better"), attributes=("store",))
    batch = a_batch([float(i % 11) for i in range(25)], survey=survey)
    batch = replace(batch, comments=(batch.comments[0], CommentColumn("better", ["And?"] * 25, ["more staff"] * 25)))
    ids = stored(ledger, batch.take(list(reversed(range(25)))))
    with ledger.read() as uow:
        pages = list(uow.responses.stream("web_csat", size=10))
    assert [len(page) for _, page in pages] == [10, 10, 5]
    assert [number for numbers, _ in pages for number in numbers] == list(reversed(ids))
    together = [page.response(i) for _, page in pages for i in range(len(page))]
    assert together == [batch.response(i) for i in range(25)]
    assert [column.question_id for column in pages[0][1].comments] == ["good", "better"]


def test_a_stream_takes_a_half_open_window(ledger: SqlLedger) -> None:
    stored(ledger, a_batch([1.0] * 5))
    with ledger.read() as uow:
        window = uow.responses.stream("store_nps", NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))
        assert [page.response_id for _, page in window] == [["R2", "R3"]]


def test_responses_submitted_in_one_instant_are_all_streamed(ledger: SqlLedger) -> None:
    batch = a_batch([1.0] * 7)
    stored(ledger, replace(batch, submitted_at=np.full(7, batch.submitted_at[0])))
    with ledger.read() as uow:
        assert sum(len(page) for _, page in uow.responses.stream("store_nps", size=2)) == 7


def test_a_survey_no_longer_configured_still_reads(ledger: SqlLedger, store_url: str) -> None:
    batch = a_batch([2.0])
    stored(ledger, batch)
    bare = open_ledger(store_url)
    with bare.read() as uow:
        assert uow.responses.find("R1").response == batch.response(0)
        assert [page.response(0) for _, page in uow.responses.stream("store_nps")] == [batch.response(0)]
    bare.close()


def test_the_latest_revision_is_what_is_known_and_found(ledger: SqlLedger) -> None:
    stored(ledger, a_batch([2.0, 5.0]))
    edited = replace(a_batch([7.0]), content_hash=["other"])
    stored(ledger, edited, revision=2)
    with ledger.read() as uow:
        known = uow.responses.known("qualtrics", "store_nps", ["R1", "R2", "R3"])
        assert uow.responses.find("R1").response.score == 7.0
        assert sum(len(page) for _, page in uow.responses.stream("store_nps")) == 3
        assert uow.responses.known("elsewhere", "store_nps", ["R1"]) == {}
    assert {key: (held.revision, held.content_hash) for key, held in known.items()} == {
        "R1": (2, "other"),
        "R2": (1, "hash-R2"),
    }


def test_one_revision_is_stored_once(ledger: SqlLedger) -> None:
    stored(ledger, a_batch([2.0]))
    with pytest.raises(StaleWriteError, match="somebody else"):
        stored(ledger, a_batch([2.0]))
    with ledger.read() as uow:
        assert uow.responses.count() == 1


def test_customers_are_recognised_whatever_the_spelling(ledger: SqlLedger) -> None:
    batch = a_batch([1.0] * 4, emails=["Ann@Example.org", "bob@example.org", None, "ann@example.org "])
    with ledger.begin() as uow:
        first = uow.responses.customers(batch)
    with ledger.begin() as uow:
        again = uow.responses.customers(batch)
    assert first == again == ["C-1", "C-2", None, "C-1"]


def test_contact_data_is_completed_never_blanked(ledger: SqlLedger) -> None:
    person = Respondent(id="A-7", email="ann@example.org", name="Ann", phone=None)
    stored(ledger, replace(a_batch([1.0]), respondents=[person]))
    later = replace(a_batch([1.0], ids=["R9"]), respondents=[Respondent(id="a-7", phone="+44 20 0000")])
    stored(ledger, later)
    with ledger.read() as uow:
        held = uow.responses.find("R1").response.respondent
    assert held == Respondent("a-7", "ann@example.org", "Ann", "+44 20 0000")


def test_a_phone_number_without_an_identity_is_kept(ledger: SqlLedger) -> None:
    person = Respondent(name="Ann", phone="+44 20 0000")
    stored(ledger, replace(a_batch([1.0]), respondents=[person]))
    with ledger.read() as uow:
        assert uow.responses.find("R1").response.respondent == person


def test_characters_no_database_can_hold_are_replaced(ledger: SqlLedger) -> None:
    stored(ledger, a_batch([1.0], ["cut \ud83d here\x00"]))
    with ledger.read() as uow:
        (comment,) = uow.responses.find("R1").response.comments
    assert comment.text == "cut \ufffd here\ufffd"


def test_an_id_in_two_surveys_asks_which(ledger: SqlLedger) -> None:
    stored(ledger, a_batch([1.0]))
    stored(ledger, a_batch([3.0], survey=a_survey("web_csat", questions=("good", "better"))))
    with ledger.read() as uow:
        with pytest.raises(NotFoundError, match=r"several surveys.*store_nps, web_csat"):
            uow.responses.find("R1")
        assert uow.responses.find("R1", "web_csat").response.score == 3.0
        with pytest.raises(NotFoundError, match="no response 'R1' in survey 'other'"):
            uow.responses.find("R1", "other")


def test_landings_and_flags_are_kept(ledger: SqlLedger) -> None:
    batch = a_batch([1.0])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        held = [replace(landings(batch, Disposition.HELD)[0], reason="sentiment is not known")]
        uow.responses.add("run-1", batch, held)
        uow.responses.flag("run-1", [Flag(1, "expect_column_values_to_not_be_null", "no store")])
    with ledger.read() as uow:
        found = uow.responses.find("R1")
        assert uow.connection.execute(flags.select()).one().message == "no store"
    assert (found.disposition, found.disposition_reason, found.run_id) == (
        Disposition.HELD,
        "sentiment is not known",
        "run-1",
    )


def test_a_rolled_back_batch_gives_its_numbers_back(ledger: SqlLedger) -> None:
    with pytest.raises(RuntimeError, match="killed"), ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.responses.add("run-1", a_batch([1.0]), landings(a_batch([1.0])))
        raise RuntimeError("killed")
    assert stored(ledger, a_batch([1.0])) == [1]
