"""Avatars over HTTP: uploading, caching, and when they are gone."""

import httpx
import pytest

from support.images import cover
from support.people import PASSWORD
from tutti.services.accounts.service import AccountsSettings

PNG = cover(300, 200, "teal", "PNG")


async def put(client: httpx.AsyncClient, who: dict[str, str], content: bytes = PNG, mime: str = "image/png") -> str:
    answer = await client.put("/me/avatar", content=content, headers=who | {"Content-Type": mime})
    return answer.raise_for_status().json()["avatarId"]


async def status(client: httpx.AsyncClient, avatar_id: str) -> int:
    statuses = {(await client.get(f"/avatars/{avatar_id}?size={size}")).status_code for size in (64, 128, 256, 512)}
    [same] = statuses
    return same


async def test_the_content_says_what_it_is(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    """Neither a header nor a name does, and what is served is always WebP of our own making."""
    avatar_id = await put(client, grace, cover(image_format="JPEG"), "image/png")
    served = await client.get(f"/avatars/{avatar_id}")
    assert (served.headers["content-type"], served.content[8:12]) == ("image/webp", b"WEBP")
    assert served.headers["x-content-type-options"] == "nosniff"
    page = b"GIF89a<script>alert(1)</script>" + bytes(2000)
    for lie in (page, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"MZ" + bytes(2000)):
        answer = await client.put("/me/avatar", content=lie, headers=grace | {"Content-Type": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (415, "NOT_AN_IMAGE")
    assert (await client.get("/me", headers=grace)).json()["avatarId"] == avatar_id


async def test_a_script_behind_a_picture_is_not_served(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    script = b"<script>alert(1)</script>"
    avatar_id = await put(client, grace, cover(image_format="GIF") + script)
    assert script not in (await client.get(f"/avatars/{avatar_id}")).content


async def test_more_bytes_than_allowed_are_refused(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    answer = await client.put("/me/avatar", content=PNG + bytes(AccountsSettings().avatar_max_bytes), headers=grace)
    assert answer.status_code == 413


async def test_an_address_is_cached_for_good(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    avatar_id = await put(client, grace)
    first = await client.get(f"/avatars/{avatar_id}?size=100")
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        again = await client.get(f"/avatars/{avatar_id}?size=128", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "immutable" in again.headers["cache-control"]
    other = await client.get(f"/avatars/{avatar_id}?size=64", headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] != tag) == (200, True)
    changed = await put(client, grace, cover(color="#ff0000"))
    assert changed != avatar_id
    missing = await client.get("/avatars/" + "0" * 32, headers={"If-None-Match": "*"})
    assert (missing.status_code, "immutable" in missing.headers.get("cache-control", "")) == (404, False)


async def test_what_is_replaced_or_taken_away_is_gone(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    first = await put(client, grace)
    assert await put(client, grace) == first
    assert await status(client, first) == 200
    second = await put(client, grace, cover())
    assert (await status(client, first), await status(client, second)) == (404, 200)
    for _ in range(2):
        assert (await client.delete("/me/avatar", headers=grace)).status_code == 204
        assert await status(client, second) == 404


async def test_a_picture_of_two_stays_while_one_has_it(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    shared = await put(client, grace)
    assert await put(client, ada) == shared
    await client.delete("/me/avatar", headers=grace)
    assert await status(client, shared) == 200
    await client.delete("/me/avatar", headers=ada)
    assert await status(client, shared) == 404


@pytest.mark.parametrize(("password", "expected"), [("wrong password", 200), (PASSWORD, 404)])
async def test_the_picture_goes_with_its_owner(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str], password: str, expected: int
) -> None:
    avatar_id = await put(client, grace)
    await client.request("DELETE", "/me", json={"password": password}, headers=grace)
    assert await status(client, avatar_id) == expected
