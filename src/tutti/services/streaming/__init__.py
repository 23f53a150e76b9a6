"""Sending audio: signed addresses, originals with ranges, transcodes from any position."""
