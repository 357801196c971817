"""Models of what goes with what: their terms, links, fits, hazards and margins, under the design."""
