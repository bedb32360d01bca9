"""A head's file in a model folder."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from models.adapters.artifact import ArtifactError
from models.head import Head

HEAD_FILE = "head.npz"
_ARRAYS = ("mean", "scale", "weights", "bias")


def save_head(head: Head, path: Path) -> None:
    """Write it."""
    np.savez(path, **{name: getattr(head, name) for name in _ARRAYS})


def load_head(path: Path) -> Head:
    """What `save_head` wrote. Raises ArtifactError for anything else."""
    try:
        with np.load(path, allow_pickle=False) as saved:
            return Head(**{name: saved[name].astype(np.float32) for name in _ARRAYS})
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ArtifactError(f"the head cannot be read: {error}", where=str(path)) from error
