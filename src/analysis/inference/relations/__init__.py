"""Measures of data that stay where they are: polars or Arrow in memory, DuckDB over files, Spark, a database.

A call on a relation gives what it gives on a frame. Whatever rows have in common they are one *class*: the columns of the
design, those of the domains and, where a measure needs them, the values themselves (`classes`). A measure that is made of
sums needs no values: it asks the engine for its sums in each class (`sums`), and is written as for a frame, since a column
on an engine (`column`) takes the same operations as an array. Only classes ever come into memory.
"""
