"""A page of a list against a bare handler, and the last page against the first."""
