"""Persons protected: what identifies them is recognised, and does not pass the door or passes as a pseudonym."""
