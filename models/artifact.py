"""What a model artifact folder holds and how its content names it (reading the files is the adapters' part)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

MANIFEST = "manifest.json"
PROFILE = "profile.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Name of an artifact and the SHA-256 of each file that decides what it answers."""

    name: str
    files: Mapping[str, str]

    @property
    def model_id(self) -> str:
        """`name@hash`, where the hash is over the file names and their hashes."""
        digest = hashlib.sha256("".join(f"{file}\0{self.files[file]}\n" for file in sorted(self.files)).encode())
        return f"{self.name}@{digest.hexdigest()[:12]}"

    def changed(self, found: Mapping[str, str]) -> list[str]:
        """Names of the files that are absent from `found` or have another hash there."""
        return sorted(file for file, sha256 in self.files.items() if found.get(file) != sha256)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities: divide by the temperature, then softmax or sigmoid."""

    sentiment_temperature: float = 1.0
    frustration_temperature: float = 1.0
