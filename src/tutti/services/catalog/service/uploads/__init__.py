"""Tracks that somebody uploaded: read, added, corrected, made ready, taken away."""
