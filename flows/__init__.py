"""Prefect flows, one verb a module: batches, schedules and retries, no decisions. Start at `flows.ingest_responses`."""
