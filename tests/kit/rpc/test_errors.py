"""Errors come back as what they were raised as, or say nothing."""

import msgspec
import pytest
from structlog.testing import capture_logs

from kit.rpc.sample import Librarian, OutOfRange, ShelfNotFound, Shelves, TooManyShelves
from tutti.kit.errors import AppError, Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unavailable
from tutti.kit.rpc import failures
from tutti.kit.rpc.errors import PeerFailed
from tutti.kit.trace import enter_trace
from tutti.services.accounts.api import NameTaken as AccountNameTaken
from tutti.services.catalog.api import NameTaken, TrackNotFound

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


async def refused(shelves: Shelves, librarian: Librarian, error: Exception) -> Exception:
    librarian.errors["how"] = error
    with pytest.raises(type(error)) as caught:
        await shelves.fail("how")
    assert type(caught.value) is type(error)
    return caught.value


@pytest.mark.parametrize("kind", [ShelfNotFound, NotFound, Forbidden, Conflict, TrackNotFound])
async def test_message_and_details_pass(shelves: Shelves, librarian: Librarian, kind: type[AppError]) -> None:
    error = await refused(shelves, librarian, kind("Nothing is here, nicht wahr?", shelf="Größe", count=3))

    assert isinstance(error, AppError)
    assert (error.message, error.details, str(error)) == (
        "Nothing is here, nicht wahr?",
        {"shelf": "Größe", "count": 3},
        "Nothing is here, nicht wahr?",
    )
    assert librarian.calls == 1


@pytest.mark.parametrize("kind", [TooManyShelves, TooManyRequests, Unavailable])
async def test_when_to_come_back_passes(
    shelves: Shelves, librarian: Librarian, kind: type[TooManyRequests] | type[Unavailable]
) -> None:
    error = await refused(shelves, librarian, kind("Later.", retry_after_s=17, why="full"))

    assert isinstance(error, (TooManyRequests, Unavailable))
    assert (error.retry_after_s, error.headers, error.details) == (17, {"Retry-After": "17"}, {"why": "full"})
    assert librarian.calls == 1  # the peer answered: nothing to repeat


async def test_what_a_class_remembers_passes(shelves: Shelves, librarian: Librarian) -> None:
    error = await refused(shelves, librarian, OutOfRange("Too far.", size_bytes=99))

    assert isinstance(error, OutOfRange)
    assert (error.headers, error.details) == ({"Content-Range": "bytes */99"}, {"size_bytes": 99})


async def test_classes_of_one_name_are_told_apart(shelves: Shelves, librarian: Librarian) -> None:
    await refused(shelves, librarian, NameTaken("Of the catalogue."))
    await refused(shelves, librarian, AccountNameTaken("Of accounts."))


async def test_a_missing_file_is_one_there_too(shelves: Shelves, librarian: Librarian) -> None:
    error = await refused(shelves, librarian, FileNotFoundError(2, "No such file", "book.flac"))

    assert isinstance(error, FileNotFoundError)
    assert (error.errno, error.filename) == (2, "book.flac")


async def test_an_unforeseen_error_says_nothing_and_is_logged_there(shelves: Shelves, librarian: Librarian) -> None:
    enter_trace(TRACE)
    librarian.errors["how"] = RuntimeError("the password is swordfish")

    with capture_logs() as lines, pytest.raises(PeerFailed) as caught:
        await shelves.fail("how")

    assert "swordfish" not in f"{caught.value}{caught.value.details}{caught.value.__notes__}"
    assert (caught.value.status, caught.value.code) == (500, "INTERNAL")
    logged = [line for line in lines if line["event"] == "a call failed"]
    assert [(line["service"], line["method"], str(line["exc_info"])) for line in logged] == [
        ("shelves", "fail", "the password is swordfish")
    ]
    assert librarian.calls == 1


async def test_an_error_too_large_for_its_trailer_loses_its_details(shelves: Shelves, librarian: Librarian) -> None:
    error = await refused(
        shelves, librarian, TooManyShelves("Much. " * 2000, retry_after_s=5, problems=["x" * 1000] * 100)
    )

    assert isinstance(error, TooManyShelves)
    assert error.message.startswith("Much. ")
    assert (error.retry_after_s, error.details) == (5, {})


async def test_details_of_odd_types_pass_as_text(shelves: Shelves, librarian: Librarian) -> None:
    error = await refused(shelves, librarian, NotFound("No.", path=failures.BUILTINS[0], pair=(1, 2)))

    assert isinstance(error, NotFound)
    assert error.details == {"path": "<class 'FileExistsError'>", "pair": [1, 2]}


def sealed(status: int, *classes: str) -> bytes:
    return msgspec.msgpack.encode(failures.Failure(classes, status, "Newer."))


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        (sealed(404, "catalog.TrackHidden", "catalog.TrackNotFound", "kit.NotFound"), TrackNotFound),
        (sealed(404, "planets.MoonNotFound"), NotFound),
        (sealed(429, "planets.TooManyMoons"), TooManyRequests),
        (sealed(418, "planets.Teapot"), Invalid),
        (sealed(507, "planets.Full"), Unavailable),
    ],
)
def test_a_class_of_a_newer_peer_becomes_the_nearest_known_one(wire: bytes, kind: type[AppError]) -> None:
    error = failures.unseal(wire, "planets")

    assert type(error) is kind
    assert isinstance(error, AppError)
    assert (error.message, error.details) == ("Newer.", {})
    if isinstance(error, (TooManyRequests, Unavailable)):
        assert error.retry_after_s > 0


def test_a_class_inside_a_service_passes_as_what_it_derives_from() -> None:
    class Inner(TrackNotFound):
        """Another service need not know it."""

    Inner.__module__ = "tutti.services.catalog.service.browsing"
    wire = failures.seal(Inner("Gone."))

    assert wire is not None
    assert type(failures.unseal(wire, "catalog")) is TrackNotFound


def test_a_refusal_that_cannot_be_read_is_a_failure() -> None:
    assert isinstance(failures.unseal(b"\xc1", "catalog"), PeerFailed)
