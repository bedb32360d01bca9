"""The default sentiment model: the shipped encoder on ONNX Runtime; needs neither torch nor a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.artifact import open_artifact, read_calibration
from models.adapters.head_file import HEAD_FILE, load_head
from models.adapters.langid import detect
from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.phrase_tier import PHRASE_FILE, phrase_tier_of
from models.adapters.pooled_output import HeadNetwork
from models.adapters.tokenizer import PairTokenizer
from models.batching import FirstTier, Network, NetworkFault, score
from models.evidence import confirmed, word_weights
from models.language import is_readable
from models.sentiment import ScoreInput, SentimentScores, WordWeight

DEFAULT_ARTIFACT = Path(__file__).parent.parent / "artifacts" / "sentiment-1"


class OnnxSentiment:
    """A sentiment model read from an artifact folder, whose files must be those its manifest lists.

    `threads` is ONNX Runtime's; `providers` are its execution providers in order of preference (GPU builds of ONNX
    Runtime bring others). `languages` are primary BCP 47 subtags. With `cascade` the folder's phrase tier, when it
    has one, answers what it is sure of and the encoder the rest; `tier` is None without. A folder with a head of a
    team's own (`nanni model train`) answers by that head. Raises NotFoundError or
    ArtifactError for the folder and ConfigError for an unknown provider.
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
        graph, calibration = folder / "model.onnx", read_calibration(folder)
        self._network: Network = (
            HeadNetwork(graph, tokenizer, calibration, threads, providers, load_head(folder / HEAD_FILE))
            if HEAD_FILE in manifest.files
            else OnnxNetwork(graph, tokenizer, calibration, threads, providers)
        )
        listed = PHRASE_FILE in manifest.files
        self.tier: FirstTier | None = (
            phrase_tier_of(folder, tokenizer, threads, providers) if cascade and listed else None
        )
        # Both ways answer from the same files, though not the same, so the id tells them apart.
        self.model_id = f"{manifest.model_id}/encoder" if listed and not cascade else manifest.model_id

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score a batch; comments that cannot be scored are unknown with a reason."""
        return score(batch, self._network, self._is_readable, self.model_id, self.tier)

    def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
        """Which words of each comment raised its negative probability, in text order; empty for an unknown comment.

        What answered a comment also explains it; where that is the encoder, the tier before it proposes the
        words and the encoder is asked about those. Costs up to `evidence.MOST_TRIES` scorings a comment, so it is meant
        for responses that fired.
        """
        return [self._explain(item) for item in items]

    def _explain(self, item: ScoreInput) -> tuple[WordWeight, ...]:
        if not item.text.strip() or not self._is_readable(item):
            return ()
        tier = self.tier
        sure = tier is not None and bool(tier.attempt([item.question], [item.text])[1][0])

        def by_tier(texts: Sequence[str]) -> NDArray[np.float32]:
            assert tier is not None
            return tier.attempt([item.question] * len(texts), texts)[0].probabilities[:, 0]

        def by_encoder(texts: Sequence[str]) -> NDArray[np.float32]:
            return self._network.estimate([item.question] * len(texts), texts).probabilities[:, 0]

        try:
            if tier is None:
                return word_weights(item.text, by_encoder)
            weights = word_weights(item.text, by_tier)
            return weights if sure else confirmed(item.text, weights, by_encoder)
        except NetworkFault:
            return ()

    def _is_readable(self, item: ScoreInput) -> bool:
        return is_readable(item.text, item.language, self._languages, detect)


def default_model(threads: int = 2) -> OnnxSentiment:
    """The model shipped with Nanni."""
    return OnnxSentiment(DEFAULT_ARTIFACT, threads)
