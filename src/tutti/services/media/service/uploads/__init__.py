"""Uploads: from the wish to send a file until all its bytes are there."""
