"""One report a community, for hundreds of them: only what is out of date, in parallel, each whole or not at all.

`order` says what is wanted and `driver.opened` carries it out. The store keeps what every report was made from (`fingerprint`),
and `pages` writes one community's folder.
"""
