"""SQL of media."""
