"""Tests of tickets.adapters."""
