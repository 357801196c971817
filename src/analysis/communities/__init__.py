"""One community among others: its page, its difference from all the others, and what a small sample of it can say."""
