"""The music: one file per album. Every piece is a function of a seed, and the same for the same seed."""
