"""The default sentiment model: the shipped encoder on ONNX Runtime; needs neither torch nor a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.artifact import open_artifact, read_calibration
from models.adapters.cheap_tier import CHEAP_FILE, cheap_tier_of
from models.adapters.langid import detect
from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.tokenizer import PairTokenizer
from models.batching import NetworkFault, score
from models.evidence import word_weights
from models.language import is_readable
from models.sentiment import ScoreInput, SentimentScores, WordWeight

DEFAULT_ARTIFACT = Path(__file__).parent.parent / "artifacts" / "sentiment-1"


class OnnxSentiment:
    """A sentiment model read from an artifact folder, whose files must be those its manifest lists.

    `threads` is ONNX Runtime's; `providers` are its execution providers in order of preference (GPU builds of ONNX
    Runtime bring others). `languages` are primary BCP 47 subtags. With `cascade` the folder's cheap tier, when it has
    one, answers what it is sure of and the encoder the rest. Raises NotFoundError or ArtifactError for the folder
    and ConfigError for an unknown provider.
    """

    def __init__(
        self,
        folder: Path,
        threads: int = 2,
        providers: Sequence[str] = CPU,
        *,
        languages: Sequence[str] = ("en",),
        cascade: bool = True,
    ) -> None:
        manifest = open_artifact(folder)
        self._languages = frozenset(languages)
        tokenizer = PairTokenizer.from_file(folder / "tokenizer.json")
        self._network = OnnxNetwork(folder / "model.onnx", tokenizer, read_calibration(folder), threads, providers)
        has_tier = CHEAP_FILE in manifest.files
        self.first_tier = cheap_tier_of(folder, self._network) if has_tier and cascade else None
        # Both ways answer from the same files, though not the same, so the id tells them apart.
        self.model_id = f"{manifest.model_id}/encoder" if has_tier and not cascade else manifest.model_id

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score a batch; comments that cannot be scored are unknown with a reason."""
        return score(batch, self._network, self._is_readable, self.model_id, self.first_tier)

    def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
        """Which words of each comment raised its negative probability, in text order; empty for an unknown comment.

        The tier that answered a comment also explains it. Costs up to `evidence.MOST_TRIES` scorings a comment, so it
        is meant for responses that fired.
        """
        return [self._explain(item) for item in items]

    def _explain(self, item: ScoreInput) -> tuple[WordWeight, ...]:
        if not item.text.strip() or not self._is_readable(item):
            return ()
        tier = self.first_tier
        by_tier = tier is not None and bool(tier.attempt([item.question], [item.text])[1][0])

        def negative_of(texts: Sequence[str]) -> NDArray[np.float32]:
            questions = [item.question] * len(texts)
            if tier is not None and by_tier:
                return tier.attempt(questions, texts)[0].probabilities[:, 0]
            return self._network.estimate(questions, texts).probabilities[:, 0]

        try:
            return word_weights(item.text, negative_of)
        except NetworkFault:
            return ()

    def _is_readable(self, item: ScoreInput) -> bool:
        return is_readable(item.text, item.language, self._languages, detect)


def default_model(threads: int = 2) -> OnnxSentiment:
    """The model shipped with Nanni."""
    return OnnxSentiment(DEFAULT_ARTIFACT, threads)
