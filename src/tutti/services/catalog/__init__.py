"""The music: libraries, scanning, tags, cover art, lists and editing."""
