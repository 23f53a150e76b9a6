"""How many requests of a kind one user, or one address, may make in a minute."""

from tutti.kit.limits.counting import Counting, Left
from tutti.kit.limits.opening import open_counting
from tutti.kit.limits.settings import Kind, LimitSettings

__all__ = ["Counting", "Kind", "Left", "LimitSettings", "open_counting"]
