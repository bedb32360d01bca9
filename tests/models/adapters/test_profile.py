import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from models.adapters.artifact import ArtifactError
from models.adapters.profile import read_profile
from models.drift import profile


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).dirichlet([1, 1, 1], 50).astype(np.float32)
    (tmp_path / "profile.json").write_text(json.dumps(asdict(profile(rows))))
    assert read_profile(tmp_path) == profile(rows)


@pytest.mark.parametrize("content", ["{}", "[", '{"confidence": [1], "negative": [1], "unknown": 0, "rows": 1}'])
def test_a_broken_profile_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "profile.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"profile\.json"):
        read_profile(tmp_path)
