"""Use cases of accounts."""

from tutti.services.accounts.service.keys import ApiKeysService
from tutti.services.accounts.service.people import AccountsService
from tutti.services.accounts.service.sessions import SessionsService
from tutti.services.accounts.service.settings import AccountsSettings

__all__ = ["AccountsService", "AccountsSettings", "ApiKeysService", "SessionsService"]
