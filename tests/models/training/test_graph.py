from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("onnx", reason="models/training/requirements.txt is not installed")
pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_norms_stay_apart_when_the_graph_is_loaded_and_it_answers_as_the_network_does(tmp_path: Path) -> None:
    import onnx
    import onnxruntime
    import torch
    from transformers import BertConfig

    from models.adapters.onnx_network import CPU, OUTPUTS
    from models.training.encoder import FeedbackEncoder
    from models.training.graph import write_graph

    torch.manual_seed(0)
    config = BertConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    network = FeedbackEncoder.empty(config).eval()
    write_graph(network, tmp_path / "plain.onnx", int8=False)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "plain.onnx"), options, providers=list(CPU))
    loaded = [node.op_type for node in onnx.load(tmp_path / "loaded.onnx").graph.node]
    assert loaded.count("LayerNormalization") == 4 and loaded.count("Attention") == 2
    assert "SkipLayerNormalization" not in loaded
    ids = np.arange(2, 13, dtype=np.int64)[None]
    asked = (ids, np.ones_like(ids), (ids > 6).astype(np.int64))
    found = session.run(list(OUTPUTS), dict(zip(("input_ids", "attention_mask", "token_type_ids"), asked, strict=True)))
    with torch.inference_mode():
        told = network(*map(torch.from_numpy, asked))
    for ours, theirs in zip(found, told, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=2e-3)  # tanh in place of erf
