"""Tests of outerloop."""
