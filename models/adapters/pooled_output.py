"""Lets an exported graph give out its pooled output as well, without another library and without another file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.onnx_network import OUTPUTS, OnnxNetwork
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import Estimates
from models.calibration import sigmoid, softmax
from models.head import Head, features_of, head_logits

# Mean of the last layer over the comment's tokens, as `models.training.export` names it.
POOLED = "/Div_output_0"
_GRAPH, _OUTPUT, _NAME, _TYPE, _TENSOR = 7, 12, 1, 2, 1
_FLOAT = b"\x08\x01"


def with_pooled_output(graph: bytes) -> bytes:
    """An ONNX model that has `POOLED` among its outputs.

    Protocol buffers that are joined are merged, repeated fields end to end (protobuf's encoding guide, "Last One
    Wins"), so a model that holds nothing but one more output is put behind the model.
    """
    value = _field(_NAME, POOLED.encode()) + _field(_TYPE, _field(_TENSOR, _FLOAT))
    return graph + _field(_GRAPH, _field(_OUTPUT, value))


def pooled_network(
    graph: Path, tokenizer: PairTokenizer, calibration: Calibration, threads: int, providers: Sequence[str]
) -> OnnxNetwork:
    """The encoder, whose `raw` gives logits (n, 3), frustration (n,) and the pooled output (n, d)."""
    model = with_pooled_output(graph.read_bytes())
    return OnnxNetwork(model, tokenizer, calibration, threads, providers, (*OUTPUTS, POOLED))


class HeadNetwork:
    """The encoder with a head of a team's own in place of its sentiment output; frustration stays the encoder's."""

    has_frustration, together = True, OnnxNetwork.together

    def __init__(
        self,
        graph: Path,
        tokenizer: PairTokenizer,
        calibration: Calibration,
        threads: int,
        providers: Sequence[str],
        head: Head | None = None,
    ) -> None:
        self._network = pooled_network(graph, tokenizer, calibration, threads, providers)
        self._calibration, self._head = calibration, head

    def features(self, questions: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """Features (n, d) of comments, in the order asked; raises NetworkFault when ONNX Runtime fails."""
        logits, _, pooled = self._network.raw(self._network.pairs(questions, texts))
        return features_of(pooled, logits)

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        """Calibrated answers in the order asked; raises NetworkFault when ONNX Runtime fails."""
        logits, frustration, pooled = self._network.raw(self._network.pairs(questions, texts))
        own = logits if self._head is None else head_logits(self._head, features_of(pooled, logits))
        return Estimates(
            softmax(own, self._calibration.sentiment_temperature),
            sigmoid(frustration, self._calibration.frustration_temperature),
        )


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])
