"""ID3's numbered genres."""

import re

# ID3v1 (0-79) and Winamp's extensions up to version 5.6 (80-191), by number.
_NAMES_TEXT = (
    "Blues|Classic Rock|Country|Dance|Disco|Funk|Grunge|Hip-Hop|Jazz|Metal|New Age|Oldies|Other|Pop|R&B|Rap|"
    "Reggae|Rock|Techno|Industrial|Alternative|Ska|Death Metal|Pranks|Soundtrack|Euro-Techno|Ambient|Trip-Hop|"
    "Vocal|Jazz+Funk|Fusion|Trance|Classical|Instrumental|Acid|House|Game|Sound Clip|Gospel|Noise|Alt. Rock|Bass|"
    "Soul|Punk|Space|Meditative|Instrumental Pop|Instrumental Rock|Ethnic|Gothic|Darkwave|Techno-Industrial|"
    "Electronic|Pop-Folk|Eurodance|Dream|Southern Rock|Comedy|Cult|Gangsta Rap|Top 40|Christian Rap|Pop/Funk|"
    "Jungle|Native American|Cabaret|New Wave|Psychedelic|Rave|Showtunes|Trailer|Lo-Fi|Tribal|Acid Punk|Acid Jazz|"
    "Polka|Retro|Musical|Rock & Roll|Hard Rock|Folk|Folk-Rock|National Folk|Swing|Fast-Fusion|Bebop|Latin|"
    "Revival|Celtic|Bluegrass|Avantgarde|Gothic Rock|Progressive Rock|Psychedelic Rock|Symphonic Rock|Slow Rock|"
    "Big Band|Chorus|Easy Listening|Acoustic|Humour|Speech|Chanson|Opera|Chamber Music|Sonata|Symphony|"
    "Booty Bass|Primus|Porn Groove|Satire|Slow Jam|Club|Tango|Samba|Folklore|Ballad|Power Ballad|Rhythmic Soul|"
    "Freestyle|Duet|Punk Rock|Drum Solo|A Cappella|Euro-House|Dance Hall|Goa|Drum & Bass|Club-House|Hardcore|"
    "Terror|Indie|BritPop|Afro-Punk|Polsk Punk|Beat|Christian Gangsta Rap|Heavy Metal|Black Metal|Crossover|"
    "Contemporary Christian|Christian Rock|Merengue|Salsa|Thrash Metal|Anime|JPop|Synthpop|Abstract|Art Rock|"
    "Baroque|Bhangra|Big Beat|Breakbeat|Chillout|Downtempo|Dub|EBM|Eclectic|Electro|Electroclash|Emo|"
    "Experimental|Garage|Global|IDM|Illbient|Industro-Goth|Jam Band|Krautrock|Leftfield|Lounge|Math Rock|"
    "New Romantic|Nu-Breakz|Post-Punk|Post-Rock|Psytrance|Shoegaze|Space Rock|Trop Rock|World Music|Neoclassical|"
    "Audiobook|Audio Theatre|Neue Deutsche Welle|Podcast|Indie Rock|G-Funk|Dubstep|Garage Rock|Psybient"
)
_NAMES = _NAMES_TEXT.split("|")
_SPECIAL = {"RX": "Remix", "CR": "Cover"}
# `(17)(18)Own name`, `17`, `RX`: ID3v2.3 §4.2.1, TCON.
_REFERENCES = re.compile(r"\((\d{1,3}|RX|CR)\)")


def id3v1_genre(number: int) -> str | None:
    """Return the name of a genre of ID3v1 and Winamp's extensions, or None if the number has no name."""
    return _NAMES[number] if 0 <= number < len(_NAMES) else None


def expand_genre(value: str) -> list[str]:
    """Return the names that a genre text stands for: numbers are looked up, other text is handed back as it is."""
    if not value or value[0] not in "(0123456789RC":
        return [value]
    if value.isdecimal() or value in _SPECIAL:
        name = _lookup(value)
        return [value if name is None else name]
    names: list[str] = []
    position = 0
    while match := _REFERENCES.match(value, position):
        name = _lookup(match[1])
        if name is not None:
            names.append(name)
        position = match.end()
    rest = value[position:].removeprefix("(") if value.startswith("((", position) else value[position:]
    if rest and rest not in names:
        names.append(rest)
    return names


def _lookup(reference: str) -> str | None:
    return _SPECIAL.get(reference) or id3v1_genre(int(reference) if len(reference) <= 3 else len(_NAMES))
