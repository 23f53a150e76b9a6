"""From notes to a finished track: buses, players, loudness, master."""
