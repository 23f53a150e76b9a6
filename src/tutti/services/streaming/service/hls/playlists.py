"""Playlists with signed addresses."""

import re

from tutti.kit.audio import MASTER, PLAYLIST, master_playlist
from tutti.services.streaming.service.hls.forms import OnDemand, Stored

__all__ = ["MASTER", "PLAYLIST", "master_of", "playlist_of"]

_URI_ATTRIBUTE = re.compile(r'(?<=URI=")[^"]+(?=")')


def master_of(form: Stored | OnDemand, signature: str) -> str:
    """Return the master playlist of a track."""
    if isinstance(form, Stored):
        return _with_query(form.master, f"?sig={signature}")
    return master_playlist(form.rungs.values(), lambda rung: f"{rung.name}/{PLAYLIST}?sig={signature}")


def playlist_of(text: str, form: Stored | OnDemand, signature: str) -> str:
    """Return a rendition's playlist.

    Its segments are named with the version of the content: one that was cached is never taken for another's.
    """
    return _with_query(text, f"?sig={signature}&v={form.version}")


def _with_query(playlist: str, query: str) -> str:
    """Add a query to every relative address of a playlist (RFC 8216 §4.1: lines without #, and URI attributes)."""
    return "\n".join(
        _URI_ATTRIBUTE.sub(lambda uri: uri[0] + query, line) if line.startswith("#") or not line else line + query
        for line in playlist.split("\n")
    )
