"""Brings the catalogue in line with a folder of files; cost follows the change."""
