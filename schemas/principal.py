"""Who is asking."""

from typing import Literal

from schemas.base import Value

Role = Literal["customer", "partner", "operator", "admin"]


class Principal(Value):
    """The caller on whose behalf something is read or done. Every repository call takes one."""

    user_id: str
    tenant_id: str = "default"
    roles: frozenset[Role] = frozenset({"customer"})
