"""Results as JSON documents, the same from the command line (`--json`) and from the API."""
