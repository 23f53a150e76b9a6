"""sRGB (IEC 61966-2-1): from channel values to linear light and back."""


def to_linear(value: int) -> float:
    """Return the light, 0 to 1, of a channel value from 0 to 255."""
    channel = value / 255
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def from_linear(light: float) -> int:
    """Return the channel value, 0 to 255, of a light; what is outside 0 to 1 is cut."""
    light = min(1.0, max(0.0, light))
    channel = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(channel * 255 + 0.5)
