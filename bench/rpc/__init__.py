"""Asking over gRPC beside gRPC alone, and beside HTTP and JSON, for the same calls."""
