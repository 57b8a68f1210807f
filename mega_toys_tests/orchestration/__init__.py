"""Tests of the room that knows Dagster."""
