import hashlib
import json
from pathlib import Path

import pytest

from feedback.errors import NotFoundError
from models.adapters.artifact import ArtifactError, open_artifact, read_calibration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    calibration = json.dumps({"sentiment_temperature": 1.5, "frustration_temperature": 2})
    files = {"model.onnx": b"weights", "calibration.json": calibration.encode()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "tiny", "files": hashes, "made": "2026"}))
    return tmp_path


def test_a_whole_folder_is_opened(folder: Path) -> None:
    manifest = open_artifact(folder)
    assert manifest.name == "tiny" and manifest.model_id.startswith("tiny@")
    assert read_calibration(folder).sentiment_temperature == 1.5


def test_a_changed_file_is_refused_by_name(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"other weights")
    with pytest.raises(
        ArtifactError, match=r"model\.onnx absent or not as listed in manifest\.json.*restore the folder"
    ):
        open_artifact(folder)


def test_an_absent_file_is_refused_by_name(folder: Path) -> None:
    (folder / "calibration.json").unlink()
    with pytest.raises(ArtifactError, match=r"calibration\.json absent"):
        open_artifact(folder)


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no manifest\.json.*models\.training\.sentiment"):
        open_artifact(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"name": ""}', '{"name": "x", "files": {}}'])
def test_a_broken_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        open_artifact(tmp_path)


def test_a_temperature_must_be_positive(folder: Path) -> None:
    (folder / "calibration.json").write_text('{"sentiment_temperature": 0, "frustration_temperature": 1}')
    with pytest.raises(ArtifactError, match="not positive"):
        read_calibration(folder)
