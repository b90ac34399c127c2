"""Offers: what partners would do for a need, for how much, and when."""

from tools.offers.finding import Findings, find_offers
from tools.offers.times import keeps

__all__ = ["Findings", "find_offers", "keeps"]
