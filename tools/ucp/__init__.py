"""The Universal Commerce Protocol as a platform speaks it: profiles, catalogue questions, checkouts, orders.

Everything a partner answers is checked here, so that what leaves this package can be believed: ids that were asked
for, totals that add up, times that are times. A normal refusal ("out of stock") is a typed result; an answer that
breaks the protocol is a :class:`schemas.errors.PartnerError`.
"""

from tools.ucp.catalogue import Booking, CataloguePage, Quote, lookup, search
from tools.ucp.checkout import (
    CheckoutBooking,
    CheckoutRefused,
    CheckoutSession,
    cancel_checkout,
    complete_checkout,
    create_checkout,
    update_checkout,
)
from tools.ucp.orders import PartnerOrder, cancel_order, get_order, read_order
from tools.ucp.profile import ParsedProfile, fetch_profile, parse_profile, platform_profile

__all__ = [
    "Booking",
    "CataloguePage",
    "CheckoutBooking",
    "CheckoutRefused",
    "CheckoutSession",
    "ParsedProfile",
    "PartnerOrder",
    "Quote",
    "cancel_checkout",
    "cancel_order",
    "complete_checkout",
    "create_checkout",
    "fetch_profile",
    "get_order",
    "lookup",
    "parse_profile",
    "platform_profile",
    "read_order",
    "search",
    "update_checkout",
]
