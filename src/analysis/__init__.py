"""Measures of urban community governance, from raw files to reports."""
