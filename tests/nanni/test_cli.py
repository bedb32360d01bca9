import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ConfigError, ConservationError, NotFoundError, SourceError
from nanni.cli.commands import app
from tests.workspaces import make_rows, make_workspace, write_csv

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_workspace(tmp_path_factory.mktemp("cli") / "w")
    rows = [*make_rows(60, customers=20), {**make_rows(1)[0], "id": "bad", "score": "99"}]
    aged(write_csv(folder / "inbox" / "a.csv", rows))
    return folder


def aged(path: Path) -> None:
    hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(path, (hour_ago, hour_ago))


def run(*words: object) -> None:
    app([str(word) for word in words], result_action="return_value")


@pytest.fixture
def told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> "Told":
    return Told(workspace, capsys)


class Told:
    """Runs commands on the workspace and gives what they print."""

    def __init__(self, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.workspace, self._capsys = workspace, capsys

    def text(self, *words: object) -> str:
        run(*words, "-w", self.workspace)
        return self._capsys.readouterr().out

    def words(self, *words: object) -> str:
        """The text without the terminal's line breaks."""
        return " ".join(self.text(*words).split())

    def data(self, *words: object) -> Any:
        return json.loads(self.text(*words, "--json"))


# The numbered tests are one session on one workspace, in this order (`make test` keeps a file on one worker).


def test_01_check_names_what_there_is(told: Told) -> None:
    assert "is complete" in told.words("check")
    assert told.data("check")["checked"][0][:2] == ["surveys", 1]


def test_02_ingest_says_what_became_of_every_row(told: Told) -> None:
    (result,) = told.data("ingest", "--direct")
    assert result["received"] == 61 == sum(result["counts"].values())
    assert result["counts"]["quarantined"] == 1
    assert told.data("ingest", "--direct") == []
    assert "No new complete files" in told.text("ingest", "--direct")


def test_03_tickets_can_be_listed_shown_and_worked_to_their_end(told: Told) -> None:
    first = told.data("tickets", "list", "--limit", 1)[0]
    key = first["key"]
    assert key in told.text("tickets", "list")
    assert "The 1 most urgent of more tickets" in told.text("tickets", "list", "--limit", 1)
    assert told.data("tickets", "acknowledge", key, "--by", "amira")["status"] == "open"
    assert told.data("tickets", "contact", key, "--how", "phone", "--note", "spoke to them")["status"] == "open"
    assert told.data("tickets", "note", key, "to be watched")["version"] == first["version"] + 3
    assert (
        told.data("tickets", "assign", key, "ben" if first["owner"] == "amira" else "amira")["owner"] != first["owner"]
    )
    closing = ("--root-cause", "process", "--action", "sent a new one", "--resolved")
    assert told.data("tickets", "close", key, *closing)["status"] == "closed"
    story = told.text("tickets", "show", key)
    assert "Root cause: process" in story and "spoke to them" in story
    assert told.data("tickets", "reopen", key, "--reason", "came back")["status"] == "open"


def test_04_why_and_why_not_answer_for_any_response(told: Told) -> None:
    for row in make_rows(60, customers=20)[::3]:
        (why,) = told.data("why", row["id"], "--survey", "nps")
        assert why["trace"] and why["sentence"]
        assert isinstance(told.data("why-not", row["id"])[0]["why_not"], list)
    assert "policy" in told.text("why", "R0") and "would have fired" in told.text("why-not", "R0")


def test_05_quarantine_is_listed_shown_and_released(told: Told) -> None:
    (row,) = told.data("quarantine", "list")
    assert row["rejection"]["reason"] == "score_off_scale"
    assert "score" in told.text("quarantine", "show", row["id"])
    (result,) = told.data("quarantine", "release", row["id"])
    assert result["counts"]["quarantined"] == 1
    with pytest.raises(ConfigError, match="which rows"):
        told.text("quarantine", "release")


def test_06_notices_are_delivered_once(told: Told) -> None:
    owed = len(told.data("notices", "list", "--limit", 1000))
    assert told.data("notices", "deliver")["counts"] == {"delivered": owed}
    assert "nothing was due" in told.text("notices", "deliver")
    assert told.data("notices", "replay", "--everything") == {"replayed": 0}
    with pytest.raises(NotFoundError, match="no dead notice nobody-knows"):
        told.data("notices", "replay", "nobody-knows")


def test_07_audit_and_doctor_agree_that_all_is_well(told: Told) -> None:
    report = told.data("audit")
    assert report["sound"] and report["residue"] == 0
    assert "residue 0" in told.text("audit")
    told.text("outer-loop", "refresh")
    assert all(finding["ok"] for finding in told.data("doctor"))


def test_07b_a_data_docs_page_holds_no_customers_value(told: Told, tmp_path: Path) -> None:
    file = told.workspace / "inbox" / "a.csv"
    page = Path(told.data("contract", "docs", file, "--survey", "nps", "--out", tmp_path)["page"])
    text = page.read_text("utf-8")
    assert "response_id" in text
    assert "@example.org" not in text and "courier" not in text


def test_08_a_tampered_store_fails_the_audit(told: Told) -> None:
    import sqlite3

    with sqlite3.connect(told.workspace / "state" / "nanni.db") as connection:
        connection.execute("UPDATE tickets SET priority = 'low' WHERE key = (SELECT min(key) FROM tickets)")
    connection.close()
    with pytest.raises(ConservationError):
        told.text("audit")


def test_errors_say_what_where_and_what_next(tmp_path: Path, told: Told) -> None:
    with pytest.raises(ConfigError, match=r"no nanni\.yaml here.*nanni init"):
        run("check", "-w", tmp_path)
    with pytest.raises(NotFoundError):
        told.text("tickets", "show", "N-999999")
    with pytest.raises(SourceError, match="no such file"):
        told.text("ingest", tmp_path / "missing.csv", "--survey", "nps", "--direct")
    with pytest.raises(ConfigError, match=r"no survey 'x'.*nps"):
        told.text("ingest", "--survey", "x", "--direct")


def test_init_makes_a_workspace_that_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", tmp_path / "new")
    run("check", "-w", tmp_path / "new")
    assert "is complete" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(ConfigError, match="not an empty folder"):
        run("init", tmp_path / "new")


def test_a_broken_workspace_file_is_told_with_its_line(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "w")
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("severity: critical", "severity: dreadful"))
    with pytest.raises(ConfigError, match=r"policy\.yaml:4.*dreadful.*critical"):
        run("check", "-w", folder)


def test_check_loads_the_model_that_scores(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "w")
    settings = folder / "nanni.yaml"
    wanted = "sentiment: {model: default, providers: [NoSuchExecutionProvider]}"
    settings.write_text(settings.read_text().replace("sentiment: {model: none}", wanted))
    with pytest.raises(ConfigError, match=r"no NoSuchExecutionProvider.*CPUExecutionProvider"):
        run("check", "-w", folder)


def test_migrate_makes_the_store_and_is_a_no_op_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_workspace(tmp_path / "w")
    run("migrate", "-w", folder, "--json")
    first = json.loads(capsys.readouterr().out)
    run("migrate", "-w", folder, "--json")
    assert first["before"] == ""
    assert json.loads(capsys.readouterr().out)["before"] == first["now"]


def test_every_command_has_help() -> None:
    for name in app:
        if not name.startswith("-"):
            assert app[name].help, name


def test_exit_codes_and_json_errors_of_the_real_command(tmp_path: Path) -> None:
    nanni = Path(sys.executable).with_name("nanni")
    done = subprocess.run([nanni, "check", "-w", tmp_path, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert json.loads(done.stderr)["next"].startswith("run `nanni init DIR`")
    assert done.stdout == ""


def test_the_default_path_imports_neither_torch_nor_prefect() -> None:
    code = (
        "import sys; from nanni.cli.commands import app; import nanni.wiring; from nanni.parts import load_model;"
        "from nanni.settings import SentimentModelChoice; load_model(SentimentModelChoice());"
        "print([name for name in ('torch', 'prefect') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
