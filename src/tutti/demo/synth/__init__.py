"""Sounds from formulas: every instrument returns float32 arrays at 44.1 kHz."""
