"""Tutti: a self-hosted, social music platform."""

__version__ = "0.1.0"
