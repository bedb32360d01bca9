"""What the README's figures come from: each module is run by `python -m benchmarks.NAME`."""
