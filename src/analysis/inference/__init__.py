"""Intervals and estimates with their uncertainty."""
