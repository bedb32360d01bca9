"""Survey files: what they may say, and what a person reads when one is wrong."""

import math
from pathlib import Path

import pytest

from feedback.adapters.survey_file import load_survey, load_surveys, survey_schema
from feedback.errors import ConfigError
from feedback.scale import NPS, Band
from feedback.survey import Question, SourceFormat

FULL = """\
id: store_nps
title: After-purchase NPS
source: qualtrics
touchpoint: Store purchase
files:
  format: qualtrics
  path: inbox/store_nps/*.csv
  encoding: windows-1252
  delimiter: ";"
  timezone: Europe/London
  time_formats: ["%d/%m/%Y %H:%M"]
  missing: ["Did not answer", "N/A"]
  score_labels: {"Very good": 1, "99": null}
scale: nps
score_question: How likely are you to recommend us?
language: en
channel: email
mapping:
  response_id: ResponseId
  submitted_at: recordedDate
  score: QID1
  comments:
    - {id: why, column: QID2_TEXT, question: "Why did you give that score?"}
  email: RecipientEmail
  respondent_id: ExternalReference
  status: Status
  completed: Finished
  attributes: {store: Store, tier: Tier}
statuses: {"64": test}
defaults: {country: UK}
"""
SHORT = """\
files: {format: csv, path: inbox}
mapping:
  response_id: id
  submitted_at: when
"""


def survey_at(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    path = folder / "surveys" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_every_mistake_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = survey_at(tmp_path, "encodng: utf-8\n" + SHORT + "colour: red\nscale: [nps]\n")
    with pytest.raises(ConfigError) as caught:
        load_survey(path)
    told = str(caught.value)
    assert "encodng: unknown field" in told and f"{path}:1" in told
    assert "line 6: colour: unknown field (found 'red')" in told and "line 7: scale" in told


def test_everything_a_survey_file_may_say(tmp_path: Path) -> None:
    survey = load_survey(survey_at(tmp_path, FULL))
    assert (survey.id, survey.source_name, survey.scale) == ("store_nps", "qualtrics", NPS)
    assert survey.source.format is SourceFormat.QUALTRICS
    assert (survey.source.encoding, survey.source.delimiter, survey.source.timezone) == ("cp1252", ";", "Europe/London")
    assert survey.source.score_labels[0] == ("Very good", 1.0)
    assert math.isnan(survey.source.score_labels[1][1])
    assert survey.mapping.comments == (Question("why", "QID2_TEXT", "Why did you give that score?"),)
    assert survey.mapping.attributes == (("store", "Store"), ("tier", "Tier"))
    assert survey.statuses == (("64", "test"),)
    assert survey.defaults == (("country", "UK"),)


def test_what_may_be_left_out(tmp_path: Path) -> None:
    survey = load_survey(survey_at(tmp_path, SHORT))
    assert (survey.id, survey.title, survey.source_name, survey.scale) == ("shop", "shop", "csv", None)
    assert survey.contract is None


def test_the_contract_is_found_by_the_surveys_id(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "shop.json").write_text("{}")
    assert load_survey(survey_at(tmp_path, SHORT)).contract == Path("contracts/shop.json")
    with pytest.raises(ConfigError, match=r"contract contracts/other.json does not exist"):
        load_survey(survey_at(tmp_path, SHORT + "contract: contracts/other.json\n"))


def test_a_declared_scale(tmp_path: Path) -> None:
    fft = "scale: {kind: fft, minimum: 1, maximum: 5, detractor: 4, promoter: 2, higher_is_better: false}\n"
    scale = load_survey(survey_at(tmp_path, SHORT + fft)).scale
    assert scale is not None
    assert (scale.band(5), scale.band(1)) == (Band.DETRACTOR, Band.PROMOTER)
    with pytest.raises(ConfigError, match="cannot have detractor 4 and promoter 2") as refused:
        load_survey(survey_at(tmp_path, SHORT + fft.replace("false", "true")))
    assert "shop.yaml" in refused.value.where


@pytest.mark.parametrize(
    ("line", "wrong", "told", "at"),
    [
        ("  response_id: id", "  respnse_id: id", "unknown field", 3),
        ("  response_id: id", "  name: id", "exactly one of response_id and synthesise_id", 2),
        ("format: csv", "format: tab", "files.format", 1),
        ("path: inbox", "path: inbox, timezone: London", "no such IANA time zone; for example Europe/London", 1),
        ("path: inbox", "path: inbox, encoding: ansi8", "no such encoding; for example utf-8, windows-1252", 1),
        ("path: inbox", "path: inbox, time_formats: [DD/MM/YYYY]", "'DD/MM/YYYY' is no strptime format such as", 1),
        ("  submitted_at: when", "  submitted_at: when\n  attributes: {score: s}", "'score' is a role's name", 5),
        (
            "  submitted_at: when",
            "  submitted_at: when\n  comments: [{id: a, column: x}, {id: a, column: y}]",
            "two comments have the same id",
            5,
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, wrong: str, told: str, at: int) -> None:
    path = survey_at(tmp_path, SHORT.replace(line, wrong))
    with pytest.raises(ConfigError) as refused:
        load_survey(path)
    assert told in str(refused.value)
    assert refused.value.where == f"{path}:{at}"


def test_a_workspaces_surveys_have_distinct_ids(tmp_path: Path) -> None:
    survey_at(tmp_path, FULL, "a.yaml")
    survey_at(tmp_path, SHORT, "b.yaml")
    assert sorted(load_surveys(tmp_path)) == ["b", "store_nps"]
    survey_at(tmp_path, "id: store_nps\n" + SHORT, "c.yaml")
    with pytest.raises(ConfigError, match=r"survey id 'store_nps' is already declared in a.yaml"):
        load_surveys(tmp_path)


def test_the_schema_names_every_field() -> None:
    schema = survey_schema()
    assert set(schema["required"]) == {"files", "mapping"}
    assert "synthesise_id" in schema["$defs"]["MappingFields"]["properties"]
    assert schema["additionalProperties"] is False
