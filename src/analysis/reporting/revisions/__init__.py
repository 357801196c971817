"""What changed between two runs: reports read again, and compared number by number."""
