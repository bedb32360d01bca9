"""What a team's labelled comments say of its model: the recall contract with its prices."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from feedback.errors import ConfigError
from models.contract import RecallContract, make_contract
from models.evaluate import LabelledComment, label_numbers
from models.operating_point import OperatingPoint, price_list
from nanni.parts import load_model
from nanni.settings import SentimentModelChoice


def priced_contract(
    file: Path,
    comments: Sequence[LabelledComment],
    choice: SentimentModelChoice,
    *,
    miss_at_most: float,
    level: float,
    alpha: float,
    priced: Sequence[float],
) -> tuple[RecallContract, list[tuple[float, OperatingPoint]]]:
    """The contract on the file's comments that the model can score, and what each share of `priced` would cost.

    Raises ConfigError when there are none, or too few negative ones.
    """
    model = load_model(choice)
    scores = model.score([comment.item for comment in comments])
    kept = [row for row, reason in enumerate(scores.unknown) if reason is None]
    if not kept:
        raise ConfigError("the model could score no row", where=str(file))
    labels, probabilities = label_numbers([comments[row] for row in kept]), scores.probabilities[kept]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    contract = make_contract(
        model.model_id, labels, probabilities, miss_at_most, level=level, alpha=alpha, labelled=digest
    )
    return contract, price_list(labels, probabilities, priced, level=level)
