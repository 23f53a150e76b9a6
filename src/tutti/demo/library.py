"""What the demo library holds: albums, their recordings, and the tracks that these are cut into."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, TypeAlias

AudioFormat: TypeAlias = Literal["flac", "mp3", "m4a", "opus"]


@dataclass(frozen=True)
class Track:
    """One track. `artist` is named where it is not simply the album's; lyrics are one text per sung line."""

    title: str
    number: int
    disc: int = 1
    artist: str | None = None
    lyrics: tuple[str, ...] = ()
    lyrics_beside: bool = False


@dataclass(frozen=True)
class Recording:
    """A piece played from a seed, and the tracks it is cut into: one, or several that play on without a gap."""

    piece: str
    seed: int
    bpm: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class Album:
    """An album in one format. Covers lie in the files, beside them, or both."""

    title: str
    artist: str
    date: str
    genres: tuple[str, ...]
    composer: str
    format: AudioFormat
    level_lufs: float
    painting: str
    recordings: tuple[Recording, ...]
    title_sort: str | None = None
    artist_sort: str | None = None
    disc_titles: tuple[str, ...] = ()
    cover_inside: bool = True
    cover_beside: bool = False

    @property
    def discs(self) -> int:
        """How many discs it has."""
        return max(track.disc for track in self.tracks)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All its tracks, in order."""
        return tuple(track for recording in self.recordings for track in recording.tracks)

    def tracks_of_disc(self, disc: int) -> int:
        """Return how many tracks a disc has."""
        return sum(track.disc == disc for track in self.tracks)

    @property
    def folder(self) -> PurePath:
        """Its folder in the library."""
        return PurePath(self.artist) / self.title

    def path_of(self, track: Track) -> PurePath:
        """Return where a track lies in the library."""
        number = f"{track.disc}-{track.number:02}" if self.discs > 1 else f"{track.number:02}"
        return self.folder / f"{number} {track.title}.{self.format}"


_UMBRELLA = (
    "Paper umbrella, folded in blue,",
    "carried the rain so it wouldn't find you.",
    "Street lamps are humming a song we half knew,",
    "two cups of steam on a table for two.",
    "Paper umbrella, coming undone,",
    "ink running down like a river to sun.",
    "Stay till the kettle has nothing to say,",
    "stay till the rain has forgotten the way.",
)
_LINTERNA = (
    "Linterna pequeña, no digas adiós,",
    "la noche es muy larga y cabemos los dos.",
    "Camino de polvo, canción de papel,",
    "la luna se moja los pies en él.",
    "Linterna pequeña, quédate aquí,",
    "que el viento me cuenta cosas de ti.",
    "Mañana los pájaros van a cantar;",
    "tu luz y la mía, volver a empezar.",
)

ALBUMS: tuple[Album, ...] = (
    Album(
        title="Weather for Sleeping",
        artist="Lantern Meridian",
        date="2024-11-08",
        genres=("Ambient",),
        composer="Halla Merrin",
        format="flac",
        level_lufs=-16.0,
        painting="weather",
        recordings=(Recording("weather", 11, 64, (Track("Low Cloud, Moving", 1), Track("Clearing over Water", 2))),),
    ),
    Album(
        title="Gozen Niji no Daidokoro",
        artist="Kettle Street",
        date="2023-04-21",
        genres=("Lo-Fi Hip Hop", "Downtempo"),
        composer="Ren Okamura-Lind",
        format="mp3",
        level_lufs=-16.0,
        painting="kitchen",
        recordings=(
            Recording("steam", 21, 76, (Track("Steam on the Window", 1),)),
            Recording("bicycle", 22, 84, (Track("Ame no Jitensha", 2),)),
            Recording(
                "umbrella",
                23,
                72,
                (Track("Paper Umbrella", 3, artist="Kettle Street feat. Noor Amari", lyrics=_UMBRELLA),),
            ),
        ),
    ),
    Album(
        title="Saturday Cartridge",
        artist="Pixel Orchard",
        date="2022-07-02",
        genres=("Synth-Pop", "Chiptune"),
        composer="June Tessaly",
        format="m4a",
        level_lufs=-15.5,
        painting="cartridge",
        cover_beside=True,
        recordings=(
            Recording("start", 31, 126, (Track("Press Start, Stay Awhile", 1),)),
            Recording("cloud", 32, 104, (Track("Cloud Level", 2),)),
            Recording("save", 33, 78, (Track("Save Point", 3),)),
        ),
    ),
    Album(
        title="Cuaderno de hojas",
        artist="Álamo y Río",
        artist_sort="Alamo y Rio",
        date="2020",
        genres=("Folk", "Acoustic"),
        composer="Inés Arboleda",
        format="opus",
        level_lufs=-16.0,
        painting="leaves",
        disc_titles=("Mañana", "Tarde"),
        cover_inside=False,
        cover_beside=True,
        recordings=(
            Recording("path", 51, 102, (Track("Sendero de álamos", 1),)),
            Recording("bread", 52, 150, (Track("Vals del pan caliente", 2),)),
            Recording("light", 53, 69, (Track("Última luz", 1, disc=2),)),
            Recording(
                "lantern",
                54,
                86,
                (Track("Canción para una linterna", 2, disc=2, lyrics=_LINTERNA, lyrics_beside=True),),
            ),
        ),
    ),
    Album(
        title="Nachtlinie",
        artist="Feldrand",
        date="2025-01-31",
        genres=("Minimal Techno",),
        composer="Jannik Feldrand",
        format="mp3",
        level_lufs=-15.0,
        painting="nightline",
        recordings=(
            Recording("platform", 41, 126, (Track("Gleis 4", 1),)),
            Recording("stretch", 42, 121, (Track("Перегон", 2),)),
        ),
    ),
    Album(
        title="Études pour une fenêtre",
        title_sort="Etudes pour une fenetre",
        artist="Ensemble Vitrail",
        date="2021-10-15",
        genres=("Modern Classical",),
        composer="Odile Marceau-Roy",
        format="m4a",
        level_lufs=-16.0,
        painting="window",
        recordings=(
            Recording("rain", 61, 66, (Track("Prélude à la pluie", 1),)),
            Recording("waltz", 62, 134, (Track("Valse oblique", 2),)),
            Recording("dusk", 63, 56, (Track("Ce qui reste du soir", 3),)),
        ),
    ),
)
