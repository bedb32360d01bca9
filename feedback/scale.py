"""Score scales: range, direction, and which band of it a score falls in."""

from dataclasses import dataclass
from enum import StrEnum

from feedback.errors import ConfigError


class Band(StrEnum):
    """Where on its scale a score lies, in the terms of NPS, used for every scale."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


@dataclass(frozen=True, slots=True)
class Scale:
    """A declared score scale.

    `detractor` and `promoter` are the band limits, both inclusive, on the raw scale: with `higher_is_better` a
    detractor scores at most `detractor`, otherwise at least.
    """

    kind: str
    minimum: float
    maximum: float
    detractor: float
    promoter: float
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        low, high = (self.detractor, self.promoter) if self.higher_is_better else (self.promoter, self.detractor)
        if not self.minimum <= low < high <= self.maximum:
            raise ConfigError(
                f"scale {self.kind!r} {self.minimum:g}-{self.maximum:g} cannot have detractor {self.detractor:g} and "
                f"promoter {self.promoter:g}",
                allowed="minimum <= detractor < promoter <= maximum (the two swapped if lower is better)",
                next_step="correct the scale in the survey file",
            )

    def contains(self, score: float) -> bool:
        """Whether a raw score is on this scale."""
        return self.minimum <= score <= self.maximum

    def band(self, score: float) -> Band:
        """The band of a score that is on the scale."""
        sign = 1 if self.higher_is_better else -1
        if sign * score <= sign * self.detractor:
            return Band.DETRACTOR
        return Band.PROMOTER if sign * score >= sign * self.promoter else Band.PASSIVE

    def goodness(self, score: float) -> float:
        """The score mapped to 0 (worst) … 1 (best), whatever the direction."""
        share = (score - self.minimum) / (self.maximum - self.minimum)
        return share if self.higher_is_better else 1 - share


NPS = Scale("nps", 0, 10, detractor=6, promoter=9)
CSAT = Scale("csat", 1, 5, detractor=2, promoter=4)
CES = Scale("ces", 1, 7, detractor=3, promoter=5)
KNOWN_SCALES = {scale.kind: scale for scale in (NPS, CSAT, CES)}
