"""Who calls: an API key where keys are set, else the one local user.

Without ``USO_API_KEYS`` the server trusts its machine: everybody is the user "local", or whoever the ``X-User-ID``
header names, and whoever calls from this machine is its operator. That is for development only.
"""

import hmac
import re
from ipaddress import ip_address
from typing import Annotated, get_args

from fastapi import Depends
from starlette.requests import Request

from schemas.errors import FieldError, MalformedHeaderError, NotAllowedError, NotAuthenticatedError
from schemas.principal import Principal, Role
from schemas.settings import Settings

_USER = re.compile(r"[A-Za-z0-9._@+:-]{1,128}")
_LOCAL = Principal(user_id="local")
_ROLES: frozenset[Role] = frozenset(get_args(Role))
_OPERATORS: frozenset[Role] = frozenset({"operator", "admin"})


class Authenticator:
    """Knows the keys of the settings, which are ``key=user`` or ``key=user/role`` pairs separated by commas.

    Raises ``ValueError`` for pairs that are not.
    """

    def __init__(self, settings: Settings) -> None:
        self._users: dict[bytes, Principal] = {}
        for pair in (settings.api_keys.get_secret_value() if settings.api_keys else "").split(","):
            if not pair.strip():
                continue
            key, _, named = pair.strip().partition("=")
            user, slash, role = named.partition("/")
            roles = _ROLES & {role if slash else "customer"}
            if not key or not _USER.fullmatch(user) or not roles:
                raise ValueError(
                    "USO_API_KEYS must be key=user or key=user/role pairs, separated by commas;"
                    f" the roles are {', '.join(sorted(_ROLES))}"
                )
            self._users[key.encode()] = Principal(user_id=user, roles=roles)

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


async def caller(request: Request) -> Principal:
    """The caller of ``request``; raises ``NotAuthenticatedError``."""  # a coroutine: FastAPI gives functions a thread
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator.principal(request)


Caller = Annotated[Principal, Depends(caller)]
"""The caller, for a route's signature."""


async def operator(request: Request) -> Principal:
    """The caller of ``request``, who runs this service; raises ``NotAllowedError`` for anybody else."""
    principal = await caller(request)
    if principal.roles & _OPERATORS:
        return principal
    if not request.app.state.authenticator.open:
        raise NotAllowedError("This takes a key with the role operator or admin: key=user/operator in USO_API_KEYS.")
    if not _on_this_machine(request):
        raise NotAllowedError("Without USO_API_KEYS this is for callers on the server's own machine only.")
    return principal.model_copy(update={"roles": _OPERATORS})


Operator = Annotated[Principal, Depends(operator)]
"""The caller who may change what all share, for a route's signature."""


def _on_this_machine(request: Request) -> bool:
    try:
        return ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
