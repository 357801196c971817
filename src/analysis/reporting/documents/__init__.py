"""A report in each format: one model (`model.Report`), and a module a format that renders it."""
