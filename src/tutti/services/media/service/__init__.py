"""Use cases of media."""
