"""Events stay readable: by older code, and by newer code from the log."""

from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from support.event_schemas import COMMAND, FOLDER, event_types
from tutti.kit.events.event import Envelope, Event, Upcast, seal
from tutti.kit.events.snapshots import find_incompatibilities, schema_of, snapshot_name, write_snapshots


def test_every_event_is_as_its_snapshot_says() -> None:
    """A missing or outdated snapshot is written by the command; a change that is not allowed it refuses."""
    for kind in event_types():
        path = FOLDER / snapshot_name(kind)
        assert path.exists(), f"no snapshot of {kind.TYPE}: run {COMMAND}"
        snapshot = msgspec.json.decode(path.read_bytes())
        assert list(find_incompatibilities(snapshot, schema_of(kind))) == [], f"{kind.TYPE} needs a new version"
        assert snapshot == schema_of(kind), f"{kind.TYPE} grew: run {COMMAND}"


def test_older_versions_in_the_snapshots_can_still_be_read() -> None:
    kinds = {kind.TYPE: kind for kind in event_types()}
    for path in FOLDER.glob("*.json"):
        name, _, version = path.stem.rpartition(".v")
        if name in kinds:
            assert all(step in kinds[name].UPCASTS for step in range(int(version), kinds[name].VERSION))


class Place(msgspec.Struct):
    city: str


class Born(Event):
    TYPE: ClassVar[str] = "test.Born"
    KEY: ClassVar[str] = "name"

    name: str
    year: int
    place: Place
    names: list[Place] = msgspec.field(default_factory=list)


def changed(**fields: Any) -> type[Event]:
    """`Born` with its fields changed; None takes one away."""
    kept = {"name": str, "year": int, "place": Place, "names": (list[Place], [])} | fields
    definition = [(n, *(t if isinstance(t, tuple) else (t,))) for n, t in kept.items() if t is not None]
    named = {"TYPE": Born.TYPE, "KEY": Born.KEY}
    return msgspec.defstruct("Born", definition, bases=(Event,), namespace=named, kw_only=True)


class Town(msgspec.Struct):
    city: str
    country: str


class Village(msgspec.Struct):
    city: str
    country: str = ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"year": None}, ".year was removed"),
        ({"year": str}, ".year changed its type from integer to string"),
        ({"year": int | None}, ".year changed its anyOf"),
        ({"born": str}, ".born became required"),
        ({"place": Town}, ".place.country became required"),
        ({"names": (list[Town], [])}, ".names[].country became required"),
    ],
)
def test_a_change_that_someone_could_not_read_is_found(change: dict[str, Any], problem: str) -> None:
    found = list(find_incompatibilities(schema_of(Born), schema_of(changed(**change))))
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    "change", [{}, {"born": (str | None, None)}, {"place": Village}, {"year": (int, 0)}, {"names": (list[Village], [])}]
)
def test_an_addition_with_a_default_is_allowed(change: dict[str, Any]) -> None:
    assert list(find_incompatibilities(schema_of(Born), schema_of(changed(**change)))) == []


def test_snapshots_are_written_once_and_never_broken(tmp_path: Path) -> None:
    assert [path.name for path in write_snapshots([Born], tmp_path)] == ["test.Born.v1.json"]
    assert write_snapshots([Born], tmp_path) == []
    assert len(write_snapshots([changed(born=(str, ""))], tmp_path)) == 1
    with pytest.raises(ValueError, match=r"test.Born.v1.json: .year was removed. Make it version 2"):
        write_snapshots([changed(born=(str, ""), year=None)], tmp_path)


class Renamed(Event):
    TYPE: ClassVar[str] = "test.Born"
    VERSION: ClassVar[int] = 3
    KEY: ClassVar[str] = "name"
    UPCASTS: ClassVar[dict[int, Upcast]] = {
        1: lambda old: {"name": old["name"], "born": old["year"]},
        2: lambda old: old | {"where": "?"},
    }

    name: str
    born: int
    where: str


def envelope(event: Event, **changes: Any) -> Envelope:
    return msgspec.structs.replace(seal(event), **changes)


def test_an_older_version_is_read_through_every_step() -> None:
    old = seal(Born(name="Ada", year=1815, place=Place("London")))
    assert Renamed.read(old) == Renamed(name="Ada", born=1815, where="?")


@pytest.mark.parametrize("version", [0, 4])
def test_an_unknown_version_is_not_guessed_at(version: int) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"version {version} cannot be read"):
        Renamed.read(envelope(Renamed(name="Ada", born=1815, where="London"), version=version))
