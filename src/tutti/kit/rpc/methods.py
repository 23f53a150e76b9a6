"""The calls of an api, derived from the type hints of its Protocol once, before any call is made.

On the wire a request is a MessagePack map of the arguments by name, an answer is the MessagePack of the result. So a
peer of another version ignores what it does not know and takes its own default for what is missing.
"""

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.inspect import type_info

from tutti.kit.rpc.marks import is_idempotent, is_lengthy
from tutti.kit.rpc.pruning import prune
from tutti.kit.rpc.settings import RpcSettings

T = TypeVar("T")
_NOT_OURS = (object, typing.Protocol, typing.Generic)
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
_KEYWORD = inspect.Parameter.KEYWORD_ONLY

encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
"""Return the MessagePack of a request or of a result."""


class Reader(Generic[T]):
    """Reads MessagePack as one type."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._decode = msgspec.msgpack.Decoder(kind).decode

    def read(self, body: bytes) -> T:
        """Return what ``body`` says; unknown fields are ignored, even by types that forbid them to clients.

        Raises:
            msgspec.ValidationError: it is not of the type.
            msgspec.DecodeError: it is no MessagePack.
        """
        try:
            return self._decode(body)
        except msgspec.ValidationError:
            known = prune(msgspec.msgpack.decode(body), type_info(self._kind))
            return msgspec.convert(known, self._kind)


@dataclass(frozen=True, slots=True)
class Method:
    """One call of an api."""

    name: str
    path: str
    """As HTTP/2 carries it: ``/tutti.catalog/get_tracks``."""
    idempotent: bool
    lengthy: bool
    request: Callable[..., msgspec.Struct]
    """Makes a request of the arguments of a call."""
    requests: Reader[msgspec.Struct]
    results: Reader[Any]
    positional: int
    """How many of the request's fields are passed by position; the rest are passed by name."""

    def timeout_s(self, settings: RpcSettings) -> float:
        """Return the seconds that a call may take."""
        return settings.lengthy_timeout_s if self.lengthy else settings.timeout_s

    def arguments(self, request: msgspec.Struct) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what to call the method with."""
        values = msgspec.structs.astuple(request)
        if len(values) == self.positional:
            return values, {}
        names = request.__struct_fields__[self.positional :]
        return values[: self.positional], dict(zip(names, values[self.positional :], strict=True))


def methods_of(api: type, service: str) -> Mapping[str, Method]:
    """Return the calls of ``api``, a Protocol that ``service`` answers, by name.

    Raises:
        TypeError: a method cannot be asked over a network: it is no coroutine, or lacks hints.
    """
    found: dict[str, Method] = {}
    for cls in reversed(api.__mro__):
        if cls not in _NOT_OURS:
            functions = ((name, each) for name, each in vars(cls).items() if callable(each) and name[0] != "_")
            found.update({name: _derive(each, service, name) for name, each in functions})
    if not found:
        raise TypeError(f"{api.__name__} has no methods to ask.")
    return found


def _derive(function: Callable[..., object], service: str, name: str) -> Method:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__qualname__} has to be async: it may be asked over a network.")
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind not in (_POSITIONAL, _KEYWORD) or parameter.name not in hints:
            raise TypeError(f"{function.__qualname__}: {parameter} needs a hint and a name of its own.")
    if "return" not in hints:
        raise TypeError(f"{function.__qualname__} has to say what it returns.")
    request = _request_type(f"{service}.{name}", parameters, hints)
    return Method(
        name=name,
        path=f"/tutti.{service}/{name}",
        idempotent=is_idempotent(function),
        lengthy=is_lengthy(function),
        request=request,
        requests=Reader(request),
        results=Reader(hints["return"]),
        positional=sum(parameter.kind is _POSITIONAL for parameter in parameters),
    )


def _request_type(
    name: str, parameters: list[inspect.Parameter], hints: Mapping[str, Any]
) -> Callable[..., msgspec.Struct]:
    """Make a struct of the arguments, to be called exactly as the method is."""
    by_name = [_field(each, hints) for each in parameters if each.kind is _KEYWORD]
    by_position = [_field(each, hints) for each in parameters if each.kind is _POSITIONAL]
    keywords = msgspec.defstruct(name, by_name, kw_only=True, frozen=True)
    return cast(Callable[..., msgspec.Struct], msgspec.defstruct(name, by_position, bases=(keywords,), frozen=True))


def _field(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> tuple[str, Any] | tuple[str, Any, Any]:
    if parameter.default is inspect.Parameter.empty:
        return parameter.name, hints[parameter.name]
    return parameter.name, hints[parameter.name], parameter.default
