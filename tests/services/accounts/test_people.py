"""Profiles, preferences, avatars, API keys, and what admins do."""

import io

import httpx
import pytest
from PIL import Image

from support.people import PASSWORD, LogIn


async def test_a_profile_is_changed_by_its_owner(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    changed = await client.patch("/me", json={"displayName": "Grace H.", "bio": "♫"}, headers=grace)
    assert (changed.json()["displayName"], changed.json()["bio"]) == ("Grace H.", "♫")
    seen = (await client.get(f"/users/{changed.json()['id']}", headers=grace)).json()
    assert seen.keys() == {"id", "name", "displayName", "bio", "avatarId"}
    refused = await client.patch("/me", json={"role": "admin"}, headers=grace)
    assert refused.status_code == 400
    for body in ({"displayName": " \u200b "}, {"email": "nowhere"}):
        refused = await client.patch("/me", json=body, headers=grace)
        assert (refused.status_code, refused.json()["code"]) == (400, "UNUSABLE_NAME")


async def test_preferences_have_defaults_and_keep_what_is_put(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    defaults = (await client.get("/me/preferences", headers=grace)).json()
    assert (defaults["theme"], defaults["shareListening"]) == ("system", True)
    wanted = defaults | {"theme": "light", "genres": ["Jazz"]}
    await client.put("/me/preferences", json=wanted, headers=grace)
    assert (await client.get("/me/preferences", headers=grace)).json() == wanted
    assert (await client.put("/me/preferences", json={"theme": "pink"}, headers=grace)).status_code == 400


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


async def test_an_avatar_becomes_a_square_in_every_size(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    avatar_id = (await client.put("/me/avatar", content=picture(), headers=grace)).json()["avatarId"]
    for asked, given in ((1, 64), (100, 128), (512, 512)):
        answer = await client.get(f"/avatars/{avatar_id}", params={"size": asked})
        assert answer.headers["content-type"] == "image/webp"
        assert "immutable" in answer.headers["cache-control"]
        assert Image.open(io.BytesIO(answer.content)).size == (given, given)
    await client.delete("/me/avatar", headers=grace)
    assert (await client.get("/me", headers=grace)).json()["avatarId"] is None


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", picture()[:60], b"\x00" * 4000])
async def test_what_is_no_image_is_refused(client: httpx.AsyncClient, grace: dict[str, str], content: bytes) -> None:
    answer = await client.put("/me/avatar", content=content, headers=grace)
    assert (answer.status_code, answer.json()["code"]) == (415, "NOT_AN_IMAGE")


async def test_a_bomb_is_not_unpacked(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    bomb = picture(size=(12_000, 12_000))
    assert len(bomb) < 1_000_000
    assert (await client.put("/me/avatar", content=bomb, headers=grace)).status_code == 415


@pytest.mark.parametrize("avatar_id", ["../../secrets", "..%2f..%2fsecrets", "a", "0" * 32])
async def test_no_other_file_is_an_avatar(client: httpx.AsyncClient, avatar_id: str) -> None:
    assert (await client.get(f"/avatars/{avatar_id}")).status_code == 404


async def test_an_api_key_reaches_as_far_as_its_scopes(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    made = (await client.post("/me/api-keys", json={"name": "phone", "scopes": ["read"]}, headers=grace)).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await client.get("/me", headers=key)).json()["name"] == "Grace"
    assert (await client.patch("/me", json={"bio": "x"}, headers=key)).json()["code"] == "MISSING_SCOPE"
    listed = (await client.get("/me/api-keys", headers=grace)).json()
    assert listed[0].keys() == {"id", "name", "scopes", "createdAt", "expiresAt", "lastUsedAt"}
    assert listed[0]["lastUsedAt"] is not None
    wider = await client.post("/me/api-keys", json={"name": "x", "scopes": ["admin"]}, headers=grace)
    assert wider.status_code == 403


async def test_an_expired_api_key_is_refused(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    body = {"name": "old", "scopes": ["read"], "expiresAt": "2020-01-01T00:00:00Z"}
    made = (await client.post("/me/api-keys", json=body, headers=grace)).json()
    assert (await client.get("/me", headers={"Authorization": f"Bearer {made['key']}"})).status_code == 401


async def test_an_end_without_a_time_zone_is_no_moment(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    body = {"name": "when", "scopes": ["read"], "expiresAt": "2050-01-01T00:00:00"}
    assert (await client.post("/me/api-keys", json=body, headers=grace)).status_code == 400


async def test_nobody_deletes_anothers_key(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    made = (await client.post("/me/api-keys", json={"name": "k", "scopes": ["read"]}, headers=grace)).json()
    assert (await client.delete(f"/me/api-keys/{made['id']}", headers=ada)).status_code == 404
    assert (await client.get("/me", headers={"Authorization": f"Bearer {made['key']}"})).status_code == 200


async def test_a_disabled_user_is_out_at_once(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    key = (await client.post("/me/api-keys", json={"name": "k", "scopes": ["read"]}, headers=grace)).json()["key"]
    grace_id = (await client.get("/me", headers=grace)).json()["id"]
    changed = await client.patch(f"/users/{grace_id}", json={"disabled": True}, headers=ada)
    assert changed.json()["disabled"] is True
    assert (await client.get("/me", headers=grace)).status_code == 401
    assert (await client.get("/me", headers={"Authorization": f"Bearer {key}"})).status_code == 401
    answer = await client.post("/auth/login", json={"name": "grace", "password": PASSWORD})
    assert answer.json()["code"] == "WRONG_CREDENTIALS"


async def test_a_change_says_when_its_user_was_last_seen(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    listed = {user["name"]: user for user in (await client.get("/users", headers=ada)).json()["items"]}
    assert listed["Grace"]["lastSeenAt"] is not None
    changed = await client.patch(f"/users/{listed['Grace']['id']}", json={"role": "uploader"}, headers=ada)
    assert changed.json() == listed["Grace"] | {"role": "uploader"}


async def test_somebody_always_runs_the_server(client: httpx.AsyncClient, ada: dict[str, str]) -> None:
    ada_id = (await client.get("/me", headers=ada)).json()["id"]
    for body in ({"role": "listener"}, {"disabled": True}):
        answer = await client.patch(f"/users/{ada_id}", json=body, headers=ada)
        assert (answer.status_code, answer.json()["code"]) == (409, "LAST_ADMIN")
    gone = await client.request("DELETE", "/me", json={"password": PASSWORD}, headers=ada)
    assert gone.status_code == 409
    assert (await client.get("/me", headers=ada)).status_code == 200  # refused is refused: the session goes on


async def test_a_change_that_is_refused_in_part_changes_nothing(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    grace_id = (await client.get("/me", headers=grace)).json()["id"]
    refused = await client.patch(f"/users/{grace_id}", json={"role": "uploader", "password": "short"}, headers=ada)
    assert (refused.status_code, refused.json()["code"]) == (400, "WEAK_PASSWORD")
    assert (await client.get("/me", headers=grace)).json()["role"] == "listener"


async def test_an_admin_gives_a_new_password_and_the_old_sessions_end(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str], log_in: LogIn
) -> None:
    grace_id = (await client.get("/me", headers=grace)).json()["id"]
    body = {"password": "another good one", "role": "uploader"}
    assert (await client.patch(f"/users/{grace_id}", json=body, headers=ada)).json()["role"] == "uploader"
    assert (await client.get("/me", headers=grace)).status_code == 401
    assert (await client.post("/auth/login", json={"name": "grace", "password": PASSWORD})).status_code == 401
    await log_in("grace", "another good one")


async def test_a_user_deletes_themselves_with_their_password(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    assert (await client.request("DELETE", "/me", json={"password": "wrong one"}, headers=grace)).status_code == 401
    assert (await client.request("DELETE", "/me", json={"password": PASSWORD}, headers=grace)).status_code == 204
    assert (await client.get("/me", headers=grace)).status_code == 401
    users = (await client.get("/users", headers=ada)).json()["items"]
    assert [user["name"] for user in users] == ["Ada"]


async def test_admins_page_through_people(client: httpx.AsyncClient, ada: dict[str, str], log_in: LogIn) -> None:
    await log_in("grace")
    first = (await client.get("/users", params={"limit": 1}, headers=ada)).json()
    second = (await client.get("/users", params={"limit": 1, "cursor": first["nextCursor"]}, headers=ada)).json()
    assert [page["items"][0]["name"] for page in (first, second)] == ["Ada", "Grace"]
    assert second["nextCursor"] is None
    found = (await client.get("/users", params={"q": "RAC"}, headers=ada)).json()["items"]
    assert [user["name"] for user in found] == ["Grace"]
