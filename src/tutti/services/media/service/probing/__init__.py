"""What an uploaded file really is: by its bytes, then by what ffmpeg finds in it, never by its name."""

from tutti.services.media.service.probing.formats import Format, sniff
from tutti.services.media.service.probing.reading import NoAudio, Probed, read_probe

__all__ = ["Format", "NoAudio", "Probed", "read_probe", "sniff"]
