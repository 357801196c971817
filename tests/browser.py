"""A browser for tests of pages: the system's Chromium without network, and what goes wrong on a page."""

import shutil
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
WIDTHS = {"phone": 390, "desktop": 1280}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def started():
    """The browser, for all tests of a module."""
    if not CHROMIUM:
        pytest.skip("Chromium is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, scheme="light", width="desktop", scripts=True, touch=False, problems=None):
    """A page from the disk: at its end nothing was asked of a network, no script of a name has run, the console is empty.

    Parameters
    ----------
    problems
        A list for what went wrong, where a test expects it.
    """
    expected, problems = problems is not None, [] if problems is None else problems
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 900},
        color_scheme=scheme,
        offline=True,
        java_script_enabled=scripts,
        has_touch=touch,
    )
    page = context.new_page()
    page.set_default_timeout(5000)
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(f"a script ran: {dialog.message}"))
    context.on("request", lambda asked: asked.url.startswith(("file:", "blob:", "data:")) or problems.append(asked.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert expected or not problems


def violations(page):
    """What axe finds against WCAG 2.2 AA and good practice."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": RULES}).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
