"""The OpenAPI document is complete: every route with its errors, in our shape, with examples."""

import re
from typing import Any

import httpx
import pytest

METHODS = ("get", "post", "put", "patch", "delete", "head")
ERROR = {"$ref": "#/components/schemas/ErrorBody"}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        mine = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return mine.union(*map(references, part.values()))
    return set[str]().union(*map(references, part)) if isinstance(part, list) else set()


def test_it_is_of_the_version_we_say(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Tutti"


def test_operations_have_ids_of_their_own_and_words(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 30
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", id_) for id_ in ids)
    assert [name for name, operation in operations(document) if not operation.get("summary")] == []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known
    assert [name for name in known if "_" in name] == []


def test_every_error_has_our_shape_and_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                media = answer["content"]["application/json"]
                assert media["schema"] == ERROR, f"{name} {status}"
                for code, example in media["examples"].items():
                    assert example["value"]["code"] == code
                    assert example["value"].keys() == {"code", "message", "details", "traceId"}


def test_secured_routes_say_that_they_may_refuse(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        public = operation["security"] == [{}]
        assert public or operation["security"] == [{"bearer": []}]
        assert public or "401" in operation["responses"], name
        if not public and not name.startswith(("GET", "HEAD")):
            assert "403" in operation["responses"], name


def test_json_has_examples(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            media = body.get("content", {}).get("application/json")
            assert media is None or "example" in media or "examples" in media, name


async def test_what_is_not_there_is_said_in_json(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/albums/x/y/z", "/nothing/at/all"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "NOT_FOUND"
