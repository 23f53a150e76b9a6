"""Reads one audio file: its tags, its audio properties, its lyrics and covers, and the identity of its audio."""
