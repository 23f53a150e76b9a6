"""All SQL of the catalogue, as plain functions over a connection."""
