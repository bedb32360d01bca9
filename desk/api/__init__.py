"""The HTTP API under /api/v1: the command line's verbs for programs, with service tokens."""
