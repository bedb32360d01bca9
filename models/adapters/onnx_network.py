"""One ONNX graph with its tokenizer and calibration, answering comments each by itself.

Dynamic int8 quantisation scales activations by the largest of the whole input: in a padded batch a comment's score
would depend on its neighbours, and a replay, a resumed run or a cluster would decide otherwise. So every pair goes
through alone and unpadded, `threads` of them at a time.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from feedback.errors import ConfigError
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import Estimates, NetworkFault
from models.calibration import sigmoid, softmax
from models.encoding import EncodedBatch, pad_pairs

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("logits", "frustration")
CPU = ("CPUExecutionProvider",)
RUNTIME_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.RuntimeException,
    ort_errors.EPFail,
    MemoryError,
)


class OnnxNetwork:
    """Runs the graph on `threads` comments at a time, one thread each."""

    has_frustration = True
    together = 1024
    """Each goes through alone: a long row of them only keeps the threads from waiting for each other."""

    def __init__(
        self,
        graph: Path | bytes,
        tokenizer: PairTokenizer,
        calibration: Calibration,
        threads: int,
        providers: Sequence[str],
        outputs: Sequence[str] = OUTPUTS,
    ) -> None:
        self._session = session(graph, providers)
        self._outputs = list(outputs)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "nanni-scoring")  # starts its threads when they are first needed
        self._tokenizer = tokenizer
        self._calibration = calibration

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        """Calibrated answers in the order asked; raises NetworkFault when ONNX Runtime fails."""
        logits, frustration = self.raw(self.pairs(questions, texts))
        return Estimates(
            softmax(logits, self._calibration.sentiment_temperature),
            sigmoid(frustration, self._calibration.frustration_temperature),
        )

    def pairs(self, questions: Sequence[str], texts: Sequence[str]) -> list[tuple[list[int], int]]:
        """For each comment the token ids of (question, comment) and where the comment starts."""
        return self._tokenizer.pairs(questions, texts)

    def raw(self, pairs: Sequence[tuple[list[int], int]]) -> tuple[NDArray[np.float32], ...]:
        """The graph's outputs for encoded pairs, each (n, …); raises NetworkFault when ONNX Runtime fails."""
        if self._threads == 1 or len(pairs) == 1:
            answers = [self._one(pair) for pair in pairs]
        else:
            answers = self._in_threads(pairs)
        return tuple(np.concatenate(column) for column in zip(*answers, strict=True))

    def _in_threads(self, pairs: Sequence[tuple[list[int], int]]) -> list[list[NDArray[np.float32]]]:
        """Longest first, so that no thread begins a long comment when the others have ended."""
        order = sorted(range(len(pairs)), key=lambda row: -len(pairs[row][0]))
        found = dict(zip(order, self._pool.map(self._one, [pairs[row] for row in order]), strict=True))
        return [found[row] for row in range(len(pairs))]

    def _one(self, pair: tuple[list[int], int]) -> list[NDArray[np.float32]]:
        return self.run(pad_pairs([pair], self._tokenizer.layout.pad_id))

    def run(self, batch: EncodedBatch) -> list[NDArray[np.float32]]:
        """The graph's outputs for padded pairs."""
        feed = dict(zip(INPUTS, (batch.ids, batch.mask, batch.segments), strict=True))
        try:
            found: list[NDArray[np.float32]] = self._session.run(self._outputs, feed)
        except RUNTIME_ERRORS as error:
            raise NetworkFault(f"ONNX Runtime failed: {error}") from error
        return found


def session(graph: Path | bytes, providers: Sequence[str]) -> onnxruntime.InferenceSession:
    """A graph on one thread, with no memory kept; raises ConfigError for a device that is not there."""
    available = onnxruntime.get_available_providers()
    if missing := [provider for provider in providers if provider not in available]:
        raise ConfigError(
            f"ONNX Runtime here has no {', '.join(missing)}",
            where="sentiment.providers",
            allowed=", ".join(available),
            next_step="install the onnxruntime build of that device or choose another provider",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The arena keeps the largest batch of every shape it ever saw.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        graph if isinstance(graph, bytes) else str(graph), options, providers=list(providers)
    )
