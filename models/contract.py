"""What a team's labelled comments say of the model it uses: the recall contract's limit, doubt, and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.conformal import conformal_limits, conformal_sets, is_ambiguous
from models.drift import Profile, profile
from models.metrics import Labels, Probabilities
from models.operating_point import OperatingPoint, pick_operating_point
from models.sentiment import Sentiment

# A comment's conformal set lacks its true class in at most this share of the class's comments.
ALPHA = 0.1


@dataclass(frozen=True, slots=True)
class RecallContract:
    """The operating point that keeps "miss at most `miss_at_most` of the negative comments", and what was measured.

    It holds for the model `model_id` and for comments like the labelled ones, whose file had the hash `labelled`.
    `conformal`: for each class the probability from which a comment may be of it. `profile`: how these comments look
    to the model, which later ones are compared with. `reviewed_share`: of all comments, those at or above the limit
    that may as well be something else, which a policy with `ambiguous: review` holds for a reader.
    """

    model_id: str
    miss_at_most: float
    point: OperatingPoint
    alpha: float
    conformal: Mapping[Sentiment, float]
    profile: Profile
    labelled: str = ""
    reviewed_share: float = 0.0


def make_contract(
    model_id: str,
    labels: Labels,
    probabilities: Probabilities,
    miss_at_most: float,
    *,
    level: float = 0.95,
    alpha: float = ALPHA,
    labelled: str = "",
) -> RecallContract:
    """Pick the operating point on labelled comments (n,) scored by the model (n, 3).

    Raises ConfigError when they are too few to promise it.
    """
    point = pick_operating_point(labels, probabilities, miss_at_most, level=level)
    limits = conformal_limits(labels, probabilities, alpha)
    doubtful = is_ambiguous(conformal_sets(probabilities, limits)) & (probabilities[:, 0] >= point.threshold)
    return RecallContract(
        model_id=model_id,
        miss_at_most=miss_at_most,
        point=point,
        alpha=alpha,
        conformal=limits,
        reviewed_share=float(doubtful.mean()),
        profile=profile(np.asarray(probabilities, np.float32)),
        labelled=labelled,
    )
