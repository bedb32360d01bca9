"""Where the labelled public data lies, when it does."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def labelled_data() -> Path:
    folder = os.environ.get("NANNI_DATA")
    if not folder or not Path(folder, "nhs_fft_neas.csv.gz").is_file():
        pytest.skip("NANNI_DATA does not name the folder of the labelled data sets")
    return Path(folder)
