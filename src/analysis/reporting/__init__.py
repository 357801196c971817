"""The one door out: whatever leaves the project is suppressed, labelled and worded here."""

from analysis.reporting.page import Page, open_page

__all__ = ["Page", "open_page"]
