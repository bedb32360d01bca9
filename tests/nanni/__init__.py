"""Tests of nanni."""
