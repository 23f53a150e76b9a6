"""What a Protocol of an api says of its methods, for those who ask over a network."""

from collections.abc import Callable
from typing import TypeVar

Asked = TypeVar("Asked", bound=Callable[..., object])

_idempotent: set[Callable[..., object]] = set()
_lengthy: set[Callable[..., object]] = set()


def idempotent(method: Asked) -> Asked:
    """Mark a method that may be repeated: asked twice, it changes no more than asked once."""
    _idempotent.add(method)
    return method


def lengthy(method: Asked) -> Asked:
    """Mark a method that reads whole files or the like: it gets ``TUTTI_RPC_LENGTHY_TIMEOUT_S``."""
    _lengthy.add(method)
    return method


def is_idempotent(method: Callable[..., object]) -> bool:
    """Whether ``method`` is marked as `idempotent`."""
    return method in _idempotent


def is_lengthy(method: Callable[..., object]) -> bool:
    """Whether ``method`` is marked as `lengthy`."""
    return method in _lengthy
