"""Who calls: an API key where keys are set, else the one local user.

Without ``USO_API_KEYS`` the server trusts its machine: everybody is the user "local", or whoever the ``X-User-ID``
header names. That is for development only.
"""

import hmac
import re
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from schemas.errors import FieldError, MalformedHeaderError, NotAuthenticatedError
from schemas.principal import Principal
from schemas.settings import Settings

_USER = re.compile(r"[A-Za-z0-9._@+:-]{1,128}")
_LOCAL = Principal(user_id="local")


class Authenticator:
    """Knows the keys of the settings, which are ``key=user`` pairs separated by commas.

    Raises ``ValueError`` for pairs that are not.
    """

    def __init__(self, settings: Settings) -> None:
        self._users: dict[bytes, Principal] = {}
        for pair in (settings.api_keys.get_secret_value() if settings.api_keys else "").split(","):
            if not pair.strip():
                continue
            key, _, user = pair.strip().partition("=")
            if not key or not _USER.fullmatch(user):
                raise ValueError("USO_API_KEYS must be key=user pairs, separated by commas")
            self._users[key.encode()] = Principal(user_id=user)

    @property
    def open(self) -> bool:
        """Whether nobody has to sign in."""
        return not self._users

    def principal(self, request: Request) -> Principal:
        """The caller of ``request``; raises ``NotAuthenticatedError``."""
        if self.open:
            return self._named(request)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        found = None
        for known, principal in self._users.items():  # all of them, so that time tells nothing
            if hmac.compare_digest(known, key.strip().encode()):
                found = principal
        if scheme.lower() != "bearer" or found is None:
            raise NotAuthenticatedError("Send a valid API key as 'Authorization: Bearer KEY'.")
        return found

    def _named(self, request: Request) -> Principal:
        user = request.headers.get("x-user-id")
        if user is None:
            return _LOCAL
        if not _USER.fullmatch(user):
            raise MalformedHeaderError(
                "X-User-ID must be 1 to 128 letters, digits or ._@+:-", errors=[FieldError("X-User-ID", "malformed")]
            )
        return Principal(user_id=user)


def caller(request: Request) -> Principal:
    """The caller of ``request``; raises ``NotAuthenticatedError``."""
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator.principal(request)


Caller = Annotated[Principal, Depends(caller)]
"""The caller, for a route's signature."""
