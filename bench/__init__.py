"""Reproducible measurements; ``make bench`` writes docs/benchmarks.md."""
