"""Names and versions that both sides of the protocol must spell alike."""

from typing import Final

VERSION: Final = "2026-08-25"
READABLE: Final = (VERSION, "2026-04-08", "2026-01-23", "2026-01-11")
"""Newest first. The calls we make are the same in all of them; profiles differ and are brought into one form."""

SHOPPING: Final = "dev.ucp.shopping"
CHECKOUT: Final = "dev.ucp.shopping.checkout"
SEARCH: Final = "dev.ucp.shopping.catalog.search"
LOOKUP: Final = "dev.ucp.shopping.catalog.lookup"
ORDER: Final = "dev.ucp.shopping.order"
SERVICES: Final = "example.uso.services"
BOOKING: Final = "example.uso.booking"
ESCROW: Final = "example.uso.escrow"
OURS: Final = (CHECKOUT, SEARCH, LOOKUP, ORDER, SERVICES, BOOKING)

UCP_DOCS: Final = "https://ucp.dev"
VENDOR_DOCS: Final = "https://uso.example"
