"""The default sentiment model: the shipped encoder on ONNX Runtime; needs neither torch nor a network."""

from collections.abc import Sequence
from pathlib import Path

from models.adapters.artifact import open_artifact, read_calibration
from models.adapters.langid import detect
from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.tokenizer import PairTokenizer
from models.batching import score
from models.language import is_readable
from models.sentiment import ScoreInput, SentimentScores

DEFAULT_ARTIFACT = Path(__file__).parent.parent / "artifacts" / "sentiment-1"


class OnnxSentiment:
    """A sentiment model read from an artifact folder, whose files must be those its manifest lists.

    `threads` is ONNX Runtime's; `providers` are its execution providers in order of preference (GPU builds of ONNX
    Runtime bring others). `languages` are primary BCP 47 subtags. Raises NotFoundError or ArtifactError for the folder
    and ConfigError for an unknown provider.
    """

    def __init__(
        self,
        folder: Path,
        threads: int = 2,
        providers: Sequence[str] = CPU,
        *,
        languages: Sequence[str] = ("en",),
    ) -> None:
        self.model_id = open_artifact(folder).model_id
        self._languages = frozenset(languages)
        tokenizer = PairTokenizer.from_file(folder / "tokenizer.json")
        self._network = OnnxNetwork(folder / "model.onnx", tokenizer, read_calibration(folder), threads, providers)

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score a batch; comments that cannot be scored are unknown with a reason."""
        return score(batch, self._network, self._is_readable, self.model_id)

    def _is_readable(self, item: ScoreInput) -> bool:
        return is_readable(item.text, item.language, self._languages, detect)


def default_model(threads: int = 2) -> OnnxSentiment:
    """The model shipped with Nanni."""
    return OnnxSentiment(DEFAULT_ARTIFACT, threads)
