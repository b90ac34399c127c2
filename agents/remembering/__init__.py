"""What a person tells us for good: heard in their words, kept in mind, told and forgotten on request.

Nothing is remembered that was not said as lasting: "I'm allergic to nuts" is, "no nuts" and "I'm vegan tonight" are
terms of one request. Reading is grammar alone, so neither a manifest nor a model can put anything into memory.
"""

from agents.remembering.keeping import in_mind, keep_in_mind, known_home, known_places, moved
from agents.remembering.statements import Heard, hear
from agents.remembering.telling import all_told, forgotten, noted
from agents.remembering.wishes import Forget, asks_what_is_known, meant, wants_forgotten

__all__ = [
    "Forget",
    "Heard",
    "all_told",
    "asks_what_is_known",
    "forgotten",
    "hear",
    "in_mind",
    "keep_in_mind",
    "known_home",
    "known_places",
    "meant",
    "moved",
    "noted",
    "wants_forgotten",
]
