"""What respondents answered: rows of single questions, declared groups of people, sums of estimates that vary together."""
