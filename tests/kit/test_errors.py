"""Errors that clients see: their codes are part of the API, so they hold for every class of every service."""

from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus

import msgspec
import pytest

from tutti.kit import errors
from tutti.kit.errors import AppError, Conflict, ErrorBody, NotFound, TooManyRequests, Unauthorized, Unavailable
from tutti.main import SERVICES

KINDS = {
    "Invalid": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "Conflict": 409,
    "TooLarge": 413,
    "UnsupportedType": 415,
    "Unprocessable": 422,
    "TooManyRequests": 429,
    "Unavailable": 503,
}


def subclasses(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("tutti."):
            yield each
        yield from subclasses(each)


@pytest.mark.parametrize(("name", "status"), KINDS.items())
def test_a_kind_has_the_status_of_its_name(name: str, status: int) -> None:
    assert getattr(errors, name).status == status


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("TrackNotFound", "TRACK_NOT_FOUND"),
        ("ApiKeyNotFound", "API_KEY_NOT_FOUND"),
        ("NotAnImage", "NOT_AN_IMAGE"),
        ("Gone", "GONE"),
    ],
)
def test_a_code_is_the_name_of_the_class(name: str, code: str) -> None:
    assert type(name, (NotFound,), {}).code == code


def test_a_class_may_keep_the_code_of_another() -> None:
    assert type("OneTrackNotFound", (NotFound,), {"code": "TRACK_NOT_FOUND"}).code == "TRACK_NOT_FOUND"


def test_a_private_class_shows_the_code_of_what_it_is() -> None:
    """Whoever catches and reads it knows only the public one."""
    public = type("TrackNotFound", (NotFound,), {})
    assert type("_WithHeaders", (public,), {}).code == "TRACK_NOT_FOUND"


def test_every_code_is_fit_for_the_wire() -> None:
    assert SERVICES  # importing them has defined all errors there are
    found = list(subclasses())
    assert len(found) > len(KINDS)
    assert {
        kind.code for kind in found if not kind.code.replace("_", "").isalpha() or kind.code.startswith("_")
    } == set()
    assert {kind.__name__ for kind in found if kind.status not in set(HTTPStatus)} == set()
    assert {kind.__name__ for kind in found if not kind.__doc__ and not kind.__name__.startswith("_")} == set()


def test_one_code_means_one_status() -> None:
    statuses: defaultdict[str, set[int]] = defaultdict(set)
    for kind in subclasses():
        statuses[kind.code].add(kind.status)
    statuses.pop(AppError.code, None)  # of the private bases
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_an_error_says_something_to_people_and_to_programs() -> None:
    error = Conflict("This name is taken.", name="ada")
    assert str(error) == error.message == "This name is taken."
    assert error.details == {"name": "ada"}
    assert error.headers == {}


def test_unauthorized_names_the_scheme() -> None:
    assert Unauthorized("Who are you?").headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("kind", [TooManyRequests, Unavailable])
def test_come_back_later_says_when(kind: type[TooManyRequests | Unavailable]) -> None:
    error = kind("Later.", retry_after_s=7, limit=3)
    assert error.headers == {"Retry-After": "7"}
    assert error.details == {"limit": 3}


def test_an_error_on_the_wire() -> None:
    body = ErrorBody(code="GONE", message="It is gone.", details={"trackId": "1"}, trace_id="0af7")
    assert msgspec.json.decode(msgspec.json.encode(body)) == {
        "code": "GONE",
        "message": "It is gone.",
        "details": {"trackId": "1"},
        "traceId": "0af7",
    }
