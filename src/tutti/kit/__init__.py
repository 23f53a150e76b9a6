"""The small library that all services stand on; it knows no service."""
