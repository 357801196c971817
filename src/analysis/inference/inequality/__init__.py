"""How unequally something is spread over people: indices, shares, and what they are made of."""
