"""Notebooks run: as ordinary ones, or on kernels forked from a process that has everything loaded."""
