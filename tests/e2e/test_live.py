"""What people hear live while a library is scanned."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from e2e.listener import make_album
from support.server import PASSWORD, Server, running_server


@contextmanager
def entered(server: Server, token: str, *channels: str) -> Iterator[tuple[ClientConnection, list[str]]]:
    """A socket, with what came of the wish to hear ``channels``."""
    with connect(f"{server.url.replace('http', 'ws')}/api/v1/live", open_timeout=60) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        assert hear(socket)["type"] == "ready"
        socket.send(json.dumps({"type": "subscribe", "channels": channels}))
        answers = [hear(socket) for _ in channels]
        yield socket, [answer.get("code", answer["type"]) for answer in answers]


def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message that is not about the line itself."""
    while (message := json.loads(socket.recv(60)))["type"] in {"ping", "paused", "reset"}:
        pass
    return message


def test_a_scan_is_followed_live_by_admins_and_its_end_by_everybody(tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", seconds=0.2)
    with running_server(tmp_path / "data", TUTTI_ACCOUNTS_REGISTRATION="open") as server:
        admin = server.set_up()
        with server.client() as client:
            client.post("/users", json={"name": "bob", "password": PASSWORD}).raise_for_status()
        bob = server.log_in("bob")
        with (
            entered(server, admin, "scans", "library") as (admins, to_admin),
            entered(server, bob, "scans", "library", "scans:x") as (others, to_bob),
            server.client(admin) as client,
        ):
            assert to_admin == ["subscribed", "subscribed"]
            assert to_bob == ["CHANNEL_REFUSED", "subscribed", "CHANNEL_REFUSED"]
            body = {"name": "Music", "path": str(music), "watch": False, "everyone": False, "userIds": []}
            library_id = client.post("/libraries", json=body).raise_for_status().json()["id"]
            client.post(f"/libraries/{library_id}/scan", json={}).raise_for_status()
            heard: list[dict[str, Any]] = []
            while not any(m["kind"] == "scan" and m["payload"]["state"] == "done" for m in heard):
                heard.append(hear(admins))
            scans = [message["payload"] for message in heard if message["kind"] == "scan"]
            assert scans[0]["state"] == "running"
            assert scans[-1]["counts"]["added"] == 3
            assert [message["id"] for message in heard] == sorted(message["id"] for message in heard)
            news = hear(others)
            assert (news["channel"], news["kind"]) == ("library", "changed")
            assert news["payload"] == {}, "it may not say what others have"
