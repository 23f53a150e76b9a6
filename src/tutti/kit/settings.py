"""Settings: an environment variable, else the TOML file, else the default.

A section is a frozen msgspec struct; its fields carry their own limits and description
(``Annotated[int, Meta(ge=1, description="…")]``). The field ``sessions_days`` of section ``accounts`` is
``TUTTI_ACCOUNTS_SESSIONS_DAYS`` in the environment and ``sessions_days`` in the table ``[accounts]`` of the file.
The section with the empty name holds what every process needs (``TUTTI_DATA_DIR``).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Meta

PREFIX = "TUTTI_"
CONFIG_VARIABLE = "TUTTI_CONFIG"
SECRET_WORDS = ("secret", "password", "token", "key")
_HIDDEN = "(set, hidden)"
# Up to the last @, since a password may hold one, and a slash too: hide too much rather than too little. What stands
# before it alone is a token of NATS, or a name.
_PASSWORD_IN_URL = re.compile(r"(://(?:[^/:@]*:)?).*(?=@)|([?&]password=)[^&]*")

T = TypeVar("T", bound=msgspec.Struct)


class BadSetting(Exception):
    """A setting that cannot be read; the message names it, its origin and what would be right."""


class Setting(msgspec.Struct, frozen=True, rename="camel"):
    """One setting, for ``tutti config``."""

    name: str
    value: object
    origin: str
    description: str


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What every process needs."""

    data_dir: Annotated[Path, Meta(description="Folder that holds all state")] = Path("data")
    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 picks a free one")] = 4600
    drain_s: Annotated[
        float,
        Meta(
            ge=0, le=300, description="Told to stop: say so at /health/ready for so long before taking no more requests"
        ),
    ] = 0.0
    public_url: Annotated[str, Meta(description="Address people reach this server at, if not host and port")] = ""
    database_url: Annotated[
        str, Meta(description="postgresql://… for PostgreSQL; empty for SQLite in the data folder")
    ] = ""
    database_pool: Annotated[int, Meta(ge=1, le=100, description="Connections that may read at once")] = 4
    redis_url: Annotated[
        str, Meta(description="redis://… shared by several processes: live channels, limits, short-lived state")
    ] = ""
    nats_url: Annotated[
        str, Meta(description="nats://… to carry events by JetStream; empty: the database itself is the log")
    ] = ""
    peers: Annotated[
        tuple[str, ...],
        Meta(
            description="Where other processes answer, comma-separated: catalog=catalog:4700, "
            "media=10.0.0.3:4700|10.0.0.4:4700. By default the name of a service is its host"
        ),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Networks whose X-Forwarded-For is believed (10.0.0.0/8, …), comma-separated")
    ] = ()
    slow_query_ms: Annotated[int, Meta(ge=0, description="Log statements slower than this")] = 250
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error")
    ] = "info"
    log_format: Annotated[
        Literal["json", "console", "auto"], Meta(description="json, console, or auto: console on a terminal")
    ] = "auto"
    metrics_token: Annotated[str, Meta(description="Bearer token for /metrics; empty: only from this machine")] = ""
    max_body_bytes: Annotated[int, Meta(ge=1024, description="Largest body of a request, in bytes")] = 10_485_760
    answer_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Seconds that a request may wait for other processes before its answer begins; "
            "less than a gateway waits",
        ),
    ] = 45.0
    cors_origins: Annotated[
        tuple[str, ...], Meta(description="Other web origins that may use the API, comma-separated; none by default")
    ] = ()
    otlp_endpoint: Annotated[str, Meta(description="OTLP/HTTP endpoint for traces; empty to keep them here")] = ""


class Settings:
    """Reads sections, and remembers where each value came from."""

    def __init__(self, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> None:
        self._environ = {k: v for k, v in environ.items() if k.startswith(PREFIX)}
        self._overrides = dict(overrides or {})
        self._file_path = self._environ.get(CONFIG_VARIABLE, "")
        self._file = _read_toml(Path(self._file_path)) if self._file_path else {}
        self._known: dict[str, Setting] = {}
        self._read: set[tuple[str, str]] = set()
        self.base = self.section("", Base)

    def section(self, name: str, kind: type[T]) -> T:
        """Read the section ``name`` as ``kind``.

        Raises:
            BadSetting: a value is not of its type or outside its limits.
        """
        values: dict[str, object] = {}
        origins: dict[str, str] = {}
        for field in msgspec.structs.fields(kind):
            found = self._find(name, field)
            if found is not None:
                values[field.name], origins[field.name] = found
        section = self._convert(name, kind, values, origins)
        for field in msgspec.structs.fields(kind):
            variable = variable_name(name, field.name)
            value: object = getattr(section, field.name)
            self._read.add((name, field.name))
            self._known[variable] = Setting(
                name=variable,
                value=_shown(field.name, value),
                origin=origins.get(field.name, "default"),
                description=_description(field.type),
            )
        return section

    def known(self) -> Iterator[Setting]:
        """Every setting read so far, by name."""
        yield from (self._known[name] for name in sorted(self._known))

    def unknown(self) -> list[str]:
        """Names in the environment and in the file that no section reads: most likely typing errors."""
        variables = set(self._environ) - set(self._known) - {CONFIG_VARIABLE}
        stray = set(_places(self._file)) - self._read
        fields = (".".join(filter(None, place)) for place in stray)
        return [*sorted(variables), *sorted(f"{field} in {self._file_path}" for field in fields)]

    def _find(self, section: str, field: msgspec.structs.FieldInfo) -> tuple[object, str] | None:
        variable = variable_name(section, field.name)
        if not section and field.name in self._overrides:
            return self._overrides[field.name], "command line"
        if variable in self._environ:
            raw = self._environ[variable]
            return (_split(raw) if _is_list(field.type) else raw), "environment"
        table = self._file.get(section, {}) if section else self._file
        if isinstance(table, dict) and field.name in table:
            return cast(dict[str, object], table)[field.name], f"file {self._file_path}"
        return None

    def _convert(self, name: str, kind: type[T], values: dict[str, object], origins: dict[str, str]) -> T:
        for field in msgspec.structs.fields(kind):
            if field.name in values:
                variable = variable_name(name, field.name)
                try:
                    values[field.name] = _convert_one(values[field.name], field.type)
                except msgspec.ValidationError as error:
                    raise BadSetting(f"{variable} ({origins[field.name]}): {error}") from error
        return kind(**values)


def _shown(name: str, value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return tuple(_shown(name, part) for part in cast(tuple[object, ...], value))
    if not isinstance(value, str) or not value:
        return value
    return _HIDDEN if any(word in name for word in SECRET_WORDS) else _PASSWORD_IN_URL.sub(r"\1\2…", value)


def variable_name(section: str, field: str) -> str:
    """Name of the environment variable of a field."""
    return PREFIX + "_".join(part.upper() for part in (section, field) if part)


def _convert_one(value: object, kind: object) -> object:
    return msgspec.convert(value, type=kind, strict=False, dec_hook=_decode_path)


def _decode_path(kind: type, value: object) -> object:
    if kind is not Path:
        raise NotImplementedError(kind)
    if not isinstance(value, (str, Path)):
        raise TypeError(f"Expected a path, got `{type(value).__name__}`")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:  # pathlib's, for the home directory of nobody
        raise ValueError(str(error)) from error


def _description(kind: object) -> str:
    metas = [arg for arg in get_args(kind) if isinstance(arg, Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def _is_list(kind: object) -> bool:
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_origin(inner) in (list, tuple)


def _split(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def _places(file: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The section and the name of each value in a file; no section for those outside any table."""
    for name, value in file.items():
        if isinstance(value, dict):
            yield from ((name, field) for field in cast(dict[str, object], value))
        else:
            yield "", name


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSetting(f"{CONFIG_VARIABLE}: cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: not valid TOML: {error}") from error
