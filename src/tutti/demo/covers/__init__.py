"""Covers, drawn: one painting per album, each in a manner of its own."""

from tutti.demo.covers.evening import paint_kitchen, paint_nightline, paint_weather
from tutti.demo.covers.garden import paint_cartridge, paint_leaves, paint_window

__all__ = ["paint_cartridge", "paint_kitchen", "paint_leaves", "paint_nightline", "paint_weather", "paint_window"]
