"""Settings of accounts."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tutti.kit.auth import REVOCATION_MEMORY_S


class AccountsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``accounts``."""

    registration: Annotated[Literal["open", "invite", "closed"], Meta(description="Who may make an account")] = "invite"
    access_token_s: Annotated[
        int, Meta(ge=1, le=REVOCATION_MEMORY_S // 2, description="Lifetime of an access token")
    ] = 900
    signing_key_days: Annotated[
        int, Meta(ge=1, le=3650, description="Access tokens are signed with a new key this often")
    ] = 90
    session_idle_days: Annotated[int, Meta(ge=1, le=3650, description="A session unused this long ends")] = 30
    session_days: Annotated[int, Meta(ge=1, le=3650, description="A session ends after this long in any case")] = 365
    refresh_grace_s: Annotated[
        int, Meta(ge=0, le=60, description="A refresh token sent again within this time gets the same answer")
    ] = 10
    argon2_memory_kib: Annotated[int, Meta(ge=8192, le=1_048_576, description="Memory of one password check")] = 19_456
    argon2_passes: Annotated[int, Meta(ge=1, le=20, description="Passes of one password check")] = 2
    hashing_at_once: Annotated[int, Meta(ge=1, le=16, description="Password checks at the same time")] = 2
    failures_before_delay: Annotated[int, Meta(ge=1, le=100, description="Wrong passwords before waiting starts")] = 5
    address_failures_before_delay: Annotated[
        int, Meta(ge=1, le=10_000, description="Wrong passwords of one address, over all accounts, before waiting")
    ] = 20
    longest_delay_s: Annotated[int, Meta(ge=1, le=86_400, description="The longest wait after wrong passwords")] = 900
    avatar_max_bytes: Annotated[int, Meta(ge=1024, description="Size limit of an uploaded avatar")] = 8_000_000
    avatar_memory_bytes: Annotated[
        int, Meta(ge=512 * 1024**2, description="Memory (addresses) that decoding an avatar may take")
    ] = 2 * 1024**3
    avatar_cpu_s: Annotated[int, Meta(ge=1, le=600, description="Processor time that decoding one may take")] = 10
    avatar_timeout_s: Annotated[float, Meta(gt=0, le=3600, description="Longest that decoding one may take")] = 30
    api_keys_max: Annotated[int, Meta(ge=1, le=1000, description="API keys of one user")] = 50
