"""Who the tests log in as."""

from collections.abc import Awaitable, Callable
from typing import Any

PASSWORD = "correct horse battery"
LogIn = Callable[..., Awaitable[dict[str, Any]]]
