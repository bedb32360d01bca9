import json
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from nanni.cli.commands import app
from tests.workspaces import make_workspace

ROWS = [
    ("Why?", "The parcel came broken and nobody answered the phone.", 5),
    ("Why?", "Wonderful service, thank you!", 1),
    ("Why?", "It was delivered on Tuesday.", 3),
    ("What could we do better?", "Answer the phone, I waited an hour and gave up.", 5),
    ("What was good?", "Everything, lovely people and quick.", 1),
    ("Why?", "Rude, slow and far too expensive.", 5),
] * 4


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    lines = ["question,answer,sentiment", *(f'"{q}","{a}",{s}' for q, a, s in ROWS)]
    path.write_text("\n".join(lines))
    return path


def evaluate(path: Path, *more: str) -> None:
    words = ["model", "evaluate", str(path), "--text", "answer", "--label", "sentiment", "--question", "question"]
    app([*words, *more], result_action="return_value")


def test_a_labelled_file_is_scored_beside_the_baselines(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(labelled, "--map", "1=positive,3=neutral,5=negative", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == len(ROWS)
    ours, *others = found["methods"]
    assert ours["method"].startswith("nanni-sentiment-")
    assert ours["classes"]["negative"]["recall"] > 0.6
    assert "VADER" in {other["method"] for other in others} | set(found["skipped"])


def test_the_table_is_for_people(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(labelled, "--map", "1=positive,3=neutral,5=negative", "--no-baselines")
    shown = capsys.readouterr().out
    assert "macro F1" in shown and "Brier" in shown and "per second" in shown
    [negative] = [line.split() for line in shown.splitlines() if line.split()[:1] == ["negative"]]
    assert sum(map(int, negative[1:4])) == 12, "the negative comments by what they were called"


def test_labels_without_a_class_are_told(labelled: Path) -> None:
    with pytest.raises(ConfigError, match="label values without a class: 3"):
        evaluate(labelled, "--map", "1=positive,5=negative")
    with pytest.raises(ConfigError, match="is not VALUE=CLASS"):
        evaluate(labelled, "--map", "1=good")


def test_the_model_of_the_workspace_is_evaluated_unless_another_is_named(labelled: Path, tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "workspace", model="none")
    words = ["--map", "1=positive,3=neutral,5=negative", "--no-baselines", "-w", str(folder)]
    with pytest.raises(ConfigError, match="the model could score no row"):
        evaluate(labelled, *words)
    with pytest.raises(ConfigError, match="this is no workspace"):
        evaluate(labelled, *words[:-1], str(tmp_path / "elsewhere"))
    evaluate(labelled, *words, "--name", "default", "--json")
