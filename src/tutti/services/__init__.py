"""The parts of the domain, one folder each."""
