"""Who may hear what: signatures, and what has changed since they were made."""

import time
from datetime import UTC, datetime

from tutti.kit.auth import Authenticator, Identity, InvalidToken, Role
from tutti.services.accounts.api import Accounts
from tutti.services.catalog.api import Catalog, Original, Viewer
from tutti.services.streaming.service.hot import Hot
from tutti.services.streaming.service.settings import StreamingSettings
from tutti.services.streaming.service.signing import Grant, Signer


class Admission:
    """Signs addresses, and lets in those who hold one."""

    def __init__(
        self, settings: StreamingSettings, catalog: Catalog, accounts: Accounts, signer: Signer, auth: Authenticator
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._accounts = accounts
        self._signer = signer
        self._auth = auth
        self._roles: Hot[tuple[str, str], Role] = Hot(settings.remembered, settings.admission_s)
        self._originals: Hot[tuple[Viewer, str], Original] = Hot(settings.remembered, settings.admission_s)

    async def sign(self, identity: Identity, track_id: str) -> tuple[str, Original, datetime]:
        """Return a signature that lets the user hear the track, the track, and when the signature expires.

        Raises:
            TrackNotFound: no such track, not for this user, or its file is missing.
        """
        original = await self._catalog.get_original(Viewer(identity.user_id, identity.is_admin), track_id)
        expires_at = int(time.time()) + self._settings.url_lifetime_s
        grant = Grant(identity.user_id, identity.session_id, identity.is_admin, expires_at)
        return self._signer.sign(track_id, grant), original, datetime.fromtimestamp(expires_at, UTC)

    async def find(self, track_id: str, signature: str) -> Original:
        """Return the track that a signed address lets its holder hear, as everything is now.

        Raises:
            BadSignature, StreamExpired: the address does not hold.
            InvalidToken: the session, or API key, that it was made with has ended, or its user is gone.
            TrackNotFound: there is no such track, or not any more, or not for this user.
        """
        grant = self._check(track_id, signature)
        # Asked each time: an address outlives the memory of what was ended, and a restart.
        return await self._get_original(grant, await self._find_role(grant), track_id)

    async def admit(self, track_id: str, signature: str) -> Original:
        """Do as `find`, and rely on what was found out for other requests up to ``admission_s`` ago.

        What ends in this process (a session, a key, a track) is known at once; what changes in another one after that.
        """
        grant = self._check(track_id, signature)
        if self._auth.is_revoked(grant.session_id):
            raise _ended()
        role = await self._roles.get((grant.user_id, grant.session_id), lambda: self._find_role(grant))
        key = _viewer(grant, role), track_id
        return await self._originals.get(key, lambda: self._get_original(grant, role, track_id))

    def forget_users(self) -> None:
        """Ask anew what each listener may do."""
        self._roles.clear()

    def forget_tracks(self) -> None:
        """Ask anew who may hear which track."""
        self._originals.clear()

    def _check(self, track_id: str, signature: str) -> Grant:
        return self._signer.check(track_id, signature, time.time(), self._settings.clock_skew_s)

    async def _find_role(self, grant: Grant) -> Role:
        role = await self._accounts.find_role(grant.user_id, grant.session_id)
        if role is None:
            raise _ended()
        return role

    async def _get_original(self, grant: Grant, role: Role, track_id: str) -> Original:
        return await self._catalog.get_original(_viewer(grant, role), track_id)


def _viewer(grant: Grant, role: Role) -> Viewer:
    return Viewer(grant.user_id, grant.is_admin and role == "admin")


def _ended() -> InvalidToken:
    return InvalidToken("The session of this stream address has ended.", reason="revoked")
