"""Where the command line reaches a server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """A server's base address, and the key it takes, if it asks for one."""

    url: str
    key: str | None
