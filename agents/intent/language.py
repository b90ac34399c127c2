"""Which language a message is in, by its commonest words; English unless another is clear."""

from agents.intent.words import words

_COMMON = {
    "en": "the a an and for to of at in on is are i my me you we want need would like please with by no yes it",
    "es": "el la los las un una y para de en es con por quiero necesito mi yo que favor mañana cena flores hola",
    "fr": "le les un une et pour de des est avec je veux mon ma vous bonjour demain merci dîner fleurs du ce au",
    "de": "der die das ein eine und für von im ist mit ich möchte mein meine bitte morgen blumen einen abend um",
    "it": "il lo gli un una e per di è con io voglio vorrei mio mia domani cena fiori ciao grazie della",
    "pt": "o os um uma e para de em é com eu quero preciso meu minha amanhã jantar flores olá obrigado por",
    "nl": "de het een en voor van op is met ik wil graag mijn alstublieft morgen bloemen bij naar",
    "pl": "i w na z do jest chcę potrzebuję proszę jutro kwiaty kolacja dla mojej mój dwóch się",
}
_SETS = {language: frozenset(common.split()) for language, common in _COMMON.items()}


def language_of(text: str) -> str:
    """A two-letter code (ISO 639-1)."""
    said = [word.value for word in words(text[:1000])]
    hits = {language: sum(word in common for word in said) for language, common in _SETS.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= 2 and hits[best] > hits["en"] else "en"
