"""What a file says about its track: the structs that the reader returns. All are frozen and cross process borders."""

from typing import Literal

import msgspec

Role = Literal[
    "composer",
    "lyricist",
    "writer",
    "conductor",
    "performer",
    "featured",
    "remixer",
    "producer",
    "arranger",
    "engineer",
    "mixer",
    "djmixer",
]


class UnreadableFile(Exception):
    """The file cannot be taken into the library; `reason` says why in plain words, for the list of bad files."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TagRules(msgspec.Struct, frozen=True):
    """How one text value is taken apart where it names several artists or genres.

    Separators with spaces around them need a space there in the text. Exceptions are whole names that hold a separator
    and are never split; case does not matter. Commas and ampersands are no artist separators by default: too many names
    hold them ("Earth, Wind & Fire").
    """

    artist_separators: tuple[str, ...] = (";", " / ")
    genre_separators: tuple[str, ...] = (";", "/", ",")
    featuring_words: tuple[str, ...] = ("feat.", "feat", "ft.", "ft", "featuring")
    exceptions: tuple[str, ...] = (
        "AC/DC",
        "A/T/O/S",
        "Au/Ra",
        "DJ /rupture",
        "GZA/Genius",
        "K/DA",
        "Love/Hate",
        "M/A/R/R/S",
        "Singer/Songwriter",
    )


class Credited(msgspec.Struct, frozen=True, gc=False):
    """An artist as one file names it; `mbid` is its MusicBrainz artist id."""

    name: str
    sort_name: str | None = None
    mbid: str | None = None


class Credit(msgspec.Struct, frozen=True, gc=False):
    """Who did what on the track; `instrument` only for performers."""

    role: Role
    name: str
    instrument: str | None = None
    sort_name: str | None = None
    mbid: str | None = None


class SyncedLine(msgspec.Struct, frozen=True, gc=False):
    """One line of lyrics and when it starts."""

    start_ms: int
    text: str


class MusicBrainzIds(msgspec.Struct, frozen=True, gc=False):
    """`track` is the recording's place on one release, `release` is the album."""

    recording: str | None = None
    track: str | None = None
    release: str | None = None
    release_group: str | None = None


class ReplayGain(msgspec.Struct, frozen=True, gc=False):
    """Loudness by ReplayGain 2.0 (reference -18 LUFS); a peak of 1.0 is full scale."""

    track_gain_db: float | None = None
    track_peak: float | None = None
    album_gain_db: float | None = None
    album_peak: float | None = None


class AudioProperties(msgspec.Struct, frozen=True, gc=False):
    """The audio itself. `container` is a name in `formats`; `bit_depth` is None where samples have none (lossy codecs).

    `encoder_delay_samples` and `encoder_padding_samples` are silence that the encoder added, where the file says so.
    """

    container: str
    codec: str
    duration_ms: int
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None = None
    encoder_delay_samples: int | None = None
    encoder_padding_samples: int | None = None


class TrackTags(msgspec.Struct, frozen=True):
    """Everything that the reader finds out about one file.

    Dates are partial ISO dates: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. `embedded_cover_digest` is the BLAKE2b-128 of the
    front cover's bytes in hex, None if the file holds none. `audio_fingerprint` is explained in `fingerprint`.
    """

    title: str
    audio: AudioProperties
    audio_fingerprint: str
    size_bytes: int
    sort_title: str | None = None
    artists: tuple[Credited, ...] = ()
    album_artists: tuple[Credited, ...] = ()
    album: str | None = None
    sort_album: str | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    disc_subtitle: str | None = None
    track_number: int | None = None
    track_total: int | None = None
    date: str | None = None
    original_date: str | None = None
    genres: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    compilation: bool = False
    mbids: MusicBrainzIds = MusicBrainzIds()
    isrcs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    catalog_number: str | None = None
    barcode: str | None = None
    gain: ReplayGain = ReplayGain()
    bpm: float | None = None
    comment: str | None = None
    lyrics: str | None = None
    synced_lyrics: tuple[SyncedLine, ...] = ()
    embedded_cover_digest: str | None = None

    @property
    def has_cover(self) -> bool:
        """Whether the file holds a cover of its own."""
        return self.embedded_cover_digest is not None
