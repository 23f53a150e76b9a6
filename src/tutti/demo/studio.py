"""Where the names in the plan become sounds and pictures. Only the workers import it: it brings numpy along."""

from collections.abc import Callable
from itertools import pairwise

from PIL import Image

from tutti.demo import covers
from tutti.demo.mixing.mastering import master
from tutti.demo.pieces.cartridge import play_cloud, play_save, play_start
from tutti.demo.pieces.kitchen import play_bicycle, play_steam, play_umbrella
from tutti.demo.pieces.leaves import play_bread, play_lantern, play_light, play_path
from tutti.demo.pieces.nightline import play_platform, play_stretch
from tutti.demo.pieces.take import Take
from tutti.demo.pieces.weather import play_weather
from tutti.demo.pieces.window import play_dusk, play_rain, play_waltz
from tutti.demo.synth.signal import Stereo, samples

PIECES: dict[str, Callable[[int], Take]] = {
    "weather": play_weather,
    "steam": play_steam,
    "bicycle": play_bicycle,
    "umbrella": play_umbrella,
    "start": play_start,
    "cloud": play_cloud,
    "save": play_save,
    "path": play_path,
    "bread": play_bread,
    "light": play_light,
    "lantern": play_lantern,
    "platform": play_platform,
    "stretch": play_stretch,
    "rain": play_rain,
    "waltz": play_waltz,
    "dusk": play_dusk,
}
PAINTINGS: dict[str, Callable[[int], Image.Image]] = {
    "weather": covers.paint_weather,
    "kitchen": covers.paint_kitchen,
    "cartridge": covers.paint_cartridge,
    "leaves": covers.paint_leaves,
    "nightline": covers.paint_nightline,
    "window": covers.paint_window,
}

_FADE_IN_S = 0.01
_FADE_OUT_S = 2.5


def record(piece: str, seed: int, level_lufs: float) -> tuple[Take, list[Stereo]]:
    """Play a piece and master it; return the take and its tracks, of shape (2, n) each, whose joints are seamless."""
    take = PIECES[piece](seed)
    master(take.sound, level_lufs, fade_in_s=_FADE_IN_S, fade_out_s=_FADE_OUT_S)
    edges = [0, *(samples(cut) for cut in take.cuts_s), take.sound.shape[1]]
    return take, [take.sound[:, start:end] for start, end in pairwise(edges)]
