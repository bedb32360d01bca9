"""What a team's labelled comments say of its model: the recall contract with its prices."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from feedback.errors import ConfigError
from models.adapters.evaluation import read_labelled
from models.contract import RecallContract, make_contract
from models.evaluate import label_numbers
from models.operating_point import OperatingPoint, price_list
from models.sentiment import Sentiment
from nanni.parts import load_model
from nanni.settings import SentimentModelChoice


def priced_contract(
    file: Path,
    choice: SentimentModelChoice,
    *,
    columns: Mapping[str, str | None],
    mapping: Mapping[str, Sentiment],
    miss_at_most: float,
    level: float,
    alpha: float,
    priced: Sequence[float],
) -> tuple[RecallContract, list[tuple[float, OperatingPoint]]]:
    """The contract on the rows that the model can score, and what each share of `priced` would cost.

    `columns` names text, label, question and language in the file. Raises SourceError for the file, ConfigError for
    labels without a class or too few negative comments.
    """
    model = load_model(choice)
    comments = read_labelled(
        file,
        text=columns["text"] or "",
        label=columns["label"] or "",
        mapping=mapping,
        question=columns.get("question"),
        language=columns.get("language"),
    )
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
