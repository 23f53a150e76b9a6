"""A whole installation on this machine: real servers from the registries, several copies of each service, nginx."""
