"""Runtimes of models: ONNX for the default path, Hugging Face classes behind the `torch` extra."""
