"""What a change by hand writes: a pure rule over what is, what was set before, and what is wanted now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tutti.services.catalog.repository.editing import LINKS, Edit, Named, State
from tutti.services.catalog.repository.overrides import Fields, Override
from tutti.services.catalog.service.keys import name_key, sort_key

# A field that is made of another follows it, unless both are named in one change.
_FOLLOWS = {"sort_title": "title", "sort_name": "name", "artist_name": "artists", "sort_artist": "artists"}
_SORT_KEYS = ("sort_title", "sort_name")


def named(name: str) -> Named:
    """Give a name its keys."""
    return Named(name, name_key(name), sort_key(name))


def with_followers(wanted: Mapping[str, Any]) -> Fields:
    """Return the wanted fields in the form of columns, and with them those that are made of them."""
    fields: Fields = {name: _as_key(value) if name in _SORT_KEYS else value for name, value in wanted.items()}
    for follower, leader in _FOLLOWS.items():
        if leader in wanted and follower not in wanted:
            value = wanted[leader]
            fields[follower] = None if value is None else _follow(follower, value)
    return fields


def plan_edit(state: State, wanted: Fields, user_id: str, at: datetime) -> Edit:
    """Decide what to write. ``wanted`` comes from `with_followers`, and ``state`` holds the same fields.

    None takes an override back, and the scanned value returns; where nothing was overridden it changes nothing.
    """
    kept: dict[str, Override] = {}
    taken_back: list[str] = []
    values: Fields = {}
    for field, value in wanted.items():
        before = state.overrides.get(field)
        if value is not None:
            kept[field] = Override(value, before.scanned if before else state.fields[field])
            values[field] = value
        elif before is not None:
            taken_back.append(field)
            values[field] = before.scanned
    return Edit(
        columns={field: value for field, value in values.items() if field not in LINKS},
        artists=_all_named(values.get("artists")),
        genres=_all_named(values.get("genres")),
        kept=kept,
        taken_back=taken_back,
        user_id=user_id,
        at=at,
    )


def _as_key(value: object) -> object:
    return sort_key(value, articles=()) if isinstance(value, str) else value


def _follow(follower: str, value: str | list[str]) -> str:
    text = value if isinstance(value, str) else ", ".join(value)
    return text if follower == "artist_name" else sort_key(text)


def _all_named(names: list[str] | None) -> list[Named] | None:
    return None if names is None else [named(name) for name in names]
