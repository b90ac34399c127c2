"""Which language a message is in, and what the offline reader does with one it cannot read."""

import pytest

from agents.intent.language import agreement, language_of
from agents.intent.offline import OfflineReader
from schemas.intent import PendingQuestion
from tests.agents.intent.reading import SERVICES, context

SAID = {
    "en": """I want flowers tomorrow / A table for two / What did I order? / make it eight o'clock / cancel the ride""",
    "es": """Quiero flores para mi mujer / Una mesa para dos mañana / ¿Qué he pedido? / Hazlo a las ocho /
        Necesito un fontanero urgente / Cámbialo para el viernes / flores más baratas, por favor""",
    "fr": """Je voudrais des fleurs / Une table pour deux / Qu'est-ce que j'ai commandé ? / Plutôt à vingt heures /
        J'ai besoin d'un plombier / Changez pour vendredi / des fleurs moins chères""",
    "de": """Ich möchte Blumen bestellen / Einen Tisch für zwei / Was habe ich bestellt? / Mach es um acht Uhr /
        Ich brauche einen Klempner / Lieber am Freitag / günstigere Blumen bitte""",
    "it": """Vorrei dei fiori / Un tavolo per due / Che cosa ho ordinato? / Fallo alle otto / Mi serve un idraulico /
        Meglio venerdì sera / fiori meno cari, grazie""",
    "pt": """Quero flores para minha mulher / Uma mesa para dois / O que eu pedi? / Mude para as oito /
        Preciso de um encanador / Melhor na sexta-feira / flores mais baratas, obrigado""",
    "nl": """Ik wil graag bloemen / Een tafel voor twee / Wat heb ik besteld? / Maak er acht uur van /
        Ik heb een loodgieter nodig / Liever op vrijdag / goedkopere bloemen graag""",
    "pl": """Chcę kwiaty dla żony / Stolik dla dwóch osób / Co ja zamówiłem? / Zmień na ósmą wieczorem /
        Potrzebuję hydraulika na jutro / Lepiej w piątek / poproszę tańsze kwiaty""",
}
SENTENCES = [(language, text.strip()) for language, said in SAID.items() for text in said.split("/")]


@pytest.mark.parametrize(("language", "text"), SENTENCES)
def test_a_few_words_tell_the_language(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "dinner at La Petite Maison for two",
        "a table at Trattoria Da Lucia",
        "Send crème brûlée to my wife",
        "a piñata for my son",
        "tickets for Die Zauberflöte",
        "Departure is Las Vegas.",
    ],
)
def test_foreign_names_do_not_make_a_message_foreign(text: str) -> None:
    assert language_of(text) in ("en", None)


@pytest.mark.parametrize("text", ["2", "19:00", "ok", "roses", "Los Angeles", "", "!!!"])
def test_words_that_tell_nothing_leave_the_language_open(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    "text", ["Sí, resérvalo por favor", "Oui, merci", "ja bitte", "va bene", "Ja, boek het maar", "tak, poproszę"]
)
def test_a_yes_is_a_yes_in_every_language(text: str) -> None:
    assert agreement(text) == "approve"


@pytest.mark.parametrize("text", ["no, gracias", "non merci", "nein danke", "não, obrigado", "nee bedankt"])
def test_a_no_is_a_no_in_every_language(text: str) -> None:
    assert agreement(text) == "reject"


@pytest.mark.parametrize("text", ["sí, pero más barato", "oui mais demain", "ja, nein", "gracias", "yes please"])
def test_a_yes_with_a_condition_is_no_yes(text: str) -> None:
    assert agreement(text) is None


@pytest.mark.parametrize(("language", "text"), [pair for pair in SENTENCES if pair[0] != "en"])
async def test_the_offline_reader_acts_on_nothing_it_cannot_read(language: str, text: str) -> None:
    intent = await OfflineReader()(text, context=context(), capabilities=SERVICES)
    assert (intent.kind, intent.language, intent.reader) == ("unclear", language, "offline")


async def test_the_name_of_a_service_is_understood_in_any_language() -> None:
    intent = await OfflineReader()("Necesito un taxi para el viernes", context=context(), capabilities=SERVICES)
    assert [need.capability_id for need in intent.needs] == ["ride.taxi"]


async def test_a_message_that_does_not_tell_its_language_is_in_that_of_the_conversation() -> None:
    spanish = context().model_copy(update={"language": "es"})
    intent = await OfflineReader()("hmm 2", context=spanish, capabilities=SERVICES)
    assert intent.language == "es"


async def test_a_proposal_is_approved_in_the_persons_language() -> None:
    read = OfflineReader()
    asked = await read("flowers delivered home tomorrow at 5 pm", context=context(), capabilities=SERVICES)
    waiting = PendingQuestion(kind="approval", text="¿Lo reservo?")
    intent = await read("Sí, por favor", context=context(intent=asked, pending=waiting), capabilities=SERVICES)
    assert intent.kind == "approve"
