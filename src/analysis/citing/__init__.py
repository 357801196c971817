"""Numbers of reports in manuscripts: cited with a mark that leads back to their row, and verified by it."""
