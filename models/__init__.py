"""How a comment sounds and what it is about: statistical models only (record types live in `feedback`).

Start at `models.sentiment`, the port every sentiment model stands behind, then `models.batching`, what each of them
does around its network, and `models.adapters.onnx_sentiment`, the shipped one. What runs a network lives in
`models.adapters`, what makes one in `models.training`, what was made in `models/artifacts`.
"""
