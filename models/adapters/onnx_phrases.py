"""The phrase network's graph: comments of one length go through together, so none is padded.

The graph computes in 32-bit floats and row by row: what a comment gets does not depend on its neighbours. Only a
matrix of one row is multiplied in another order, so a comment without company goes through beside itself.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.onnx_network import OUTPUTS, RUNTIME_ERRORS, session
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import Estimates, NetworkFault
from models.calibration import sigmoid, softmax

PHRASE_INPUTS = ("question_ids", "comment_ids")
MOST_TOGETHER = 64
Pair = tuple[list[int], int]


class OnnxPhrases:
    """A `models.batching.Network` over the graph that `models.training.distil` writes."""

    has_frustration = True
    together = 2048
    """Of so many there are enough of each length to go through together."""

    def __init__(
        self, graph: Path, tokenizer: PairTokenizer, calibration: Calibration, threads: int, providers: Sequence[str]
    ) -> None:
        self._session = session(graph, providers)
        self._tokenizer, self._calibration, self._threads = tokenizer, calibration, threads
        # Questions are padded to the same width always, so a sum over one is the same sum whatever goes beside it.
        self._widest = tokenizer.layout.question_length + 2
        self._pool = ThreadPoolExecutor(threads, "nanni-phrases")  # starts its threads when they are first needed

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        """Calibrated answers in the order asked; raises NetworkFault when ONNX Runtime fails."""
        logits, frustration = self.raw(self._tokenizer.pairs(questions, texts))
        return Estimates(
            softmax(logits, self._calibration.sentiment_temperature),
            sigmoid(frustration, self._calibration.frustration_temperature),
        )

    def raw(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (n, 3) and (n,) of encoded pairs; raises NetworkFault when ONNX Runtime fails."""
        logits, frustration = np.zeros((len(pairs), 3), np.float32), np.zeros(len(pairs), np.float32)
        together = _of_one_length(pairs)
        asked = [[pairs[row] for row in rows] for rows in together]
        found = self._pool.map(self._run, asked) if self._threads > 1 and len(asked) > 1 else map(self._run, asked)
        for rows, answers in zip(together, found, strict=True):
            logits[rows], frustration[rows] = answers
        return logits, frustration

    def _run(self, pairs: Sequence[Pair]) -> list[NDArray[np.float32]]:
        company = [*pairs, pairs[0]] if len(pairs) == 1 else pairs
        asked = np.full((len(company), self._widest), self._tokenizer.layout.pad_id, np.int64)
        for row, (tokens, start) in enumerate(company):
            asked[row, :start] = tokens[:start]
        said = np.array([tokens[start:] for tokens, start in company], np.int64)
        feed = dict(zip(PHRASE_INPUTS, (asked, said), strict=True))
        try:
            return [found[: len(pairs)] for found in self._session.run(list(OUTPUTS), feed)]
        except RUNTIME_ERRORS as error:
            raise NetworkFault(f"ONNX Runtime failed: {error}") from error


def _of_one_length(pairs: Sequence[Pair]) -> list[list[int]]:
    """Row numbers in groups of at most `MOST_TOGETHER` whose comments have as many tokens, longest first."""
    groups: dict[int, list[int]] = {}
    for row, (tokens, start) in enumerate(pairs):
        groups.setdefault(len(tokens) - start, []).append(row)
    return [
        groups[length][begin : begin + MOST_TOGETHER]
        for length in sorted(groups, reverse=True)
        for begin in range(0, len(groups[length]), MOST_TOGETHER)
    ]
