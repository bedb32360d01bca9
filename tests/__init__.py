"""The whole test suite; it mirrors the packages, path by path."""
