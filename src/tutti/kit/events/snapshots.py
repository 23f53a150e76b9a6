"""Schemas of events as they were told: ``docs/events/<type>.v<version>.json``.

The log keeps events for weeks and other processes may run older code, so a version never changes in a way that either
could not read: fields may be added when they have a default, nothing else. Anything more is a new version, with an
upcast from the old one (`Event.UPCASTS`).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard, cast

import msgspec

from tutti.kit.events.event import Event

Schema = dict[str, Any]
_WORDS = {"title", "description", "examples", "default", "$defs", "$ref"}
"""Keywords that say nothing about what is valid, or are followed."""


def snapshot_name(kind: type[Event]) -> str:
    """File name of the snapshot of ``kind``."""
    return f"{kind.TYPE}.v{kind.VERSION}.json"


def schema_of(kind: type[Event]) -> Schema:
    """JSON Schema (2020-12) of the payload of ``kind``."""
    return msgspec.json.schema(kind)


def write_snapshots(types: Iterable[type[Event]], folder: Path) -> list[Path]:
    """Write the snapshots that are missing or out of date; return them.

    Raises:
        ValueError: one would change in a way that is not allowed; the message says how.
    """
    written: list[Path] = []
    for kind in types:
        path = folder / snapshot_name(kind)
        schema = schema_of(kind)
        before = cast(Schema, msgspec.json.decode(path.read_bytes())) if path.exists() else schema
        if problems := list(find_incompatibilities(before, schema)):
            raise ValueError(f"{path.name}: {'; '.join(problems)}. Make it version {kind.VERSION + 1}, with an upcast.")
        if not path.exists() or before != schema:
            path.write_bytes(msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n")
            written.append(path)
    return written


def find_incompatibilities(old: Schema, new: Schema) -> Iterator[str]:
    """Say what a reader of one schema could not read of what a writer of the other wrote."""
    yield from _compare(old, new, old, new, "")


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _follow(old, old_root), _follow(new, new_root)
    for word in sorted((old.keys() | new.keys()) - _WORDS):
        mine: Any = old.get(word)
        its: Any = new.get(word)
        if word == "properties":
            yield from _compare_fields(mine or {}, its or {}, old_root, new_root, path)
        elif word == "required":
            yield from (f"{path}.{name} became required" for name in its or () if name not in (mine or ()))
        elif _is_schema(mine) and _is_schema(its):
            yield from _compare(mine, its, old_root, new_root, f"{path}[]")
        elif _expanded(mine, old_root) != _expanded(its, new_root):
            yield f"{path or 'the event'} changed its {word} from {mine} to {its}"


def _compare_fields(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    for name, field in old.items():
        if name not in new:
            yield f"{path}.{name} was removed"
        else:
            yield from _compare(field, new[name], old_root, new_root, f"{path}.{name}")


def _follow(schema: Schema, root: Schema) -> Schema:
    reference: str | None = schema.get("$ref")
    return schema if reference is None else cast(Schema, root["$defs"][reference.rpartition("/")[2]])


def _expanded(value: object, root: Schema) -> object:
    """``value`` with references replaced by what they name and words left out, to compare lists such as ``anyOf``."""
    if isinstance(value, list):
        return [_expanded(each, root) for each in cast(list[object], value)]
    if _is_schema(value):
        followed = _follow(value, root)
        return {name: _expanded(each, root) for name, each in followed.items() if name not in _WORDS}
    return value


def _is_schema(value: object) -> TypeGuard[Schema]:
    return isinstance(value, dict)
