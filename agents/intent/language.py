"""Which language a message is in, by its commonest words, endings and letters; nothing when they do not tell.

Good for a few words among eight languages, which n-gram models are not, and for nothing else. A word that several
languages share counts for each of them, but less.
"""

import re
from collections import Counter
from functools import lru_cache
from typing import Literal

from agents.intent.words import words

_COMMON = {
    "en": """
        the a an and or but for to of at in on is are was be am do does did have has can could would will should
        may i i'd i'm i'll i've me my you your he him she her his it its we we'd us our they them their this
        that these those there here with by from up out off no not yes please thanks thank hello hi hey what
        which who when where why how want wants need needs like love get give find book order make send bring
        take go going let let's some any all one two three four five six seven eight nine ten tomorrow today
        tonight morning evening night week weekend monday tuesday wednesday thursday friday saturday sunday next
        after before then also too just only more less under over about than so if as home dinner lunch table
        flowers ride cake hotel cheaper something wife husband people person day time else another instead good
        great ok okay cancel change near around
        """,
    "es": """
        el la los las un una unos unas y o pero para por de del en es son con sin al a que se lo le les yo tú mi
        mis tu tus su sus me te nos nosotros quiero quisiera queremos querría necesito necesitamos busco
        buscamos gustaría puedes puede puedo pedir pide reserva reservar resérvame resérvalo hazme dame
        encuentra envía mándame comprar cambia cancela hay tengo tenemos ser estar está hoy mañana pasado noche
        tarde día días semana lunes martes miércoles jueves viernes sábado domingo próximo hora horas antes
        después luego entonces también más menos muy algo nada no sí gracias favor hola buenos buenas qué cuál
        cuánto cuándo dónde cómo uno dos tres cuatro cinco seis siete ocho nueve diez cena cenar comida almuerzo
        mesa flores ramo taxi casa mujer esposa marido persona personas barato barata como este esta ese esa
        """,
    "fr": """
        le la les l un une des du de d et ou mais pour par avec sans en à au aux dans sur chez est sont c'est ce
        cette ces il elle nous vous je j tu me te se mon ma mes ton ta tes son sa ses votre vos notre nos leur
        que qui quoi quel quelle où quand comment combien ne pas plus moins très aussi puis ensuite après avant
        veux veut voudrais voudrait voulons aimerais aimerions besoin faut cherche cherchons peux pouvez
        réserver réserve réservez commander commandez envoyez livrer livrez trouve trouvez annule annulez change
        changez il y a aujourd'hui demain soir matin midi nuit jour semaine lundi mardi mercredi jeudi vendredi
        samedi dimanche prochain heure heures oui non merci bonjour bonsoir salut s'il plaît deux trois quatre
        cinq six sept huit neuf dix dîner déjeuner repas fleurs bouquet gâteau maison femme mari personnes j'ai
        j'aimerais d'un d'une l'hôtel
        """,
    "de": """
        der die das den dem des ein eine einen einem einer und oder aber für von vom mit ohne im in am an auf
        aus bei zu zum zur nach um ist sind war sein habe haben hat wird werden kann kannst können könnte ich du
        er sie es wir ihr mir mich dich uns mein meine meinen meiner dein unser möchte möchten will wollen
        brauche brauchen hätte hätten suche suchen bitte danke hallo guten ja nein nicht kein keine auch noch
        nur mehr weniger sehr dann danach vorher heute morgen übermorgen abend abends mittag nacht tag woche
        wochenende montag dienstag mittwoch donnerstag freitag samstag sonntag nächsten uhr was wer wie viel
        kostet insgesamt wo wann welche zwei drei vier fünf sechs sieben acht neun zehn abendessen mittagessen
        essen tisch blumen strauß kuchen hause haus frau mann personen buchen buche reservieren reserviere
        bestellen bestelle bestell schicken finde ändern stornieren günstiger
        """,
    "it": """
        il lo la i gli le un uno una e o ma per di del dello della dei degli delle da dal dalla in nel nella a
        al alla alle agli con senza su sul è sono era che chi cosa quale quando dove come io tu noi mi ti ci si
        me te mio mia miei mie tuo tua nostro nostra voglio vorrei vogliamo vorremmo ho abbiamo bisogno serve
        servono cerco cerchiamo puoi può potrei prenota prenotare prenotami ordina ordinare manda trova trovami
        annulla cambia dammi oggi domani sera stasera mattina mezzogiorno notte giorno settimana lunedì martedì
        mercoledì giovedì venerdì sabato domenica prossimo ora ore prima dopo poi anche più meno molto qualcosa
        niente non no sì grazie favore ciao buongiorno buonasera due tre quattro cinque sei sette otto nove
        dieci cena pranzo tavolo fiori mazzo torta quanto costa totale meglio casa moglie marito persone persona
        euro economico questo questa
        """,
    "pt": """
        o os a as um uma uns umas e ou mas para pra por pelo pela de do da dos das em no na nos nas ao à às com
        sem é são foi que quem qual quando onde como quanto eu tu você vocês nós me mim meu minha meus minhas
        seu sua nosso nossa quero queria queremos gostaria gostaríamos preciso precisamos procuro procuramos
        pode posso reservar reserve reserva encomendar encomende pedir peça mande enviar encontre cancele
        cancelar mude hoje amanhã noite tarde manhã dia semana segunda terça quarta quinta sexta sábado domingo
        próximo próxima feira hora horas antes depois então também mais menos muito algo nada não sim obrigado
        obrigada favor olá oi bom boa dois duas três quatro cinco seis sete oito nove dez jantar almoço mesa
        flores buquê bolo casa mulher esposa marido pessoas barato táxi quanto custa melhor fica isso este esta
        """,
    "nl": """
        de het een en of maar voor van met zonder in op aan bij naar uit om te tot is zijn was ben heb hebben
        heeft kan kun kunnen zou ik jij je u hij zij ze we wij mij me ons mijn jouw uw onze hun wil willen wilt
        graag nodig zoek zoeken alstublieft alsjeblieft dank bedankt hallo goedemorgen ja nee niet geen ook nog
        maar meer minder heel dan daarna eerst vandaag morgen overmorgen avond vanavond ochtend middag nacht dag
        week weekend maandag dinsdag woensdag donderdag vrijdag zaterdag zondag volgende uur wat wie hoe waar
        wanneer welke deze dit dat die twee drie vier vijf zes zeven acht negen tien diner eten lunch tafel
        bloemen boeket taart huis thuis vrouw man personen boek boeken reserveer reserveren bestel bestellen
        stuur vind annuleer wijzig goedkoper iets
        """,
    "pl": """
        i a w we na z ze do od po za o u dla przy przez pod nad jest są był być mam mamy ma nie tak czy że się
        co kto jak gdzie kiedy ile który która jaki ja ty my mi mnie nam nas mój moja moje mojej mojego moją
        twój nasz chcę chce chcemy chciałbym chciałabym potrzebuję potrzebujemy poproszę proszę szukam szukamy
        można możesz zamów zamówić zarezerwuj zarezerwować kup kupić wyślij znajdź odwołaj zmień dziękuję dzięki
        dzień dobry cześć witam dziś dzisiaj jutro pojutrze wieczorem wieczór rano południe noc tydzień tygodniu
        poniedziałek wtorek środę czwartek piątek sobotę sobota niedzielę godzinie godzina przed potem też także
        więcej mniej bardzo coś nic dwa dwie dwóch dwojga trzy cztery pięć sześć osób osoby kolację kolacja
        obiad stolik kwiaty kwiatów bukiet tort taksówkę taksówka dom domu żony żonie męża tańsze
        """,
}
_LISTS = {language: frozenset(common.split()) for language, common in _COMMON.items()}
_SHARED = Counter(word for common in _LISTS.values() for word in common)

_MARKS = (  # what gives away a word that is in no list
    (re.compile(r"[ñ¿¡]|ci[óo]n(?:es)?$|\w{3}(?:ame|alo|ito|itos|ita)$"), {"es": 1.0}),
    (re.compile(r"[œêëîû]|\w{2}(?:eux|euse|ème|ière)$|^(?:qu|[ldjcnmst])'"), {"fr": 1.0}),
    (re.compile(r"ß|\w(?:ung|lich|keit|schaft|chen)$"), {"de": 1.0}),
    (re.compile(r"[äöü]"), {"de": 0.8}),
    (re.compile(r"zion[ei]$|\w{3}(?:ami|etto|etti|issim[oaei])$|\w{2}(?:cch|gli)\w|[ìò]$"), {"it": 1.0}),
    (re.compile(r"[ãõ]|ç(?:ão|ões)$|\w{3}(?:inho|inha|eiro|eira)$|lh[aoe]"), {"pt": 1.0}),
    (re.compile(r"[çàâ]"), {"fr": 0.5, "pt": 0.5}),
    (re.compile(r"è"), {"fr": 0.5, "it": 0.5}),
    (re.compile(r"é"), {"fr": 0.4, "es": 0.3, "pt": 0.3}),
    (re.compile(r"[áíú]"), {"es": 0.4, "pt": 0.4}),
    (re.compile(r"\w(?:lijk|heid|tje|tjes)$|ij|aa[a-z]$|oe[kdrtp]"), {"nl": 0.8}),
    (re.compile(r"[łąęśźżćń]|\w(?:ość|ów|ego|ych|ami)$|sz|cz|rz"), {"pl": 1.0}),
)
_YES = {
    "es": "sí si vale claro adelante perfecto acuerdo resérvalo resérvala reserva confirmo confirma acepto hazlo",
    "fr": "oui d'accord parfait réservez réserve confirme confirmez j'accepte allez-y volontiers",
    "de": "ja gerne einverstanden passt buchen buche bestätige perfekt genau",
    "it": "sì si certo d'accordo perfetto prenota prenoti prenotalo confermo conferma accetto procedi bene",
    "pt": "sim claro perfeito reserva reservar confirmo confirme aceito combinado",
    "nl": "ja akkoord prima boek boeken bevestig graag",
    "pl": "tak zgoda dobrze zarezerwuj zarezerwować potwierdzam świetnie akceptuję",
}
_NO = {
    "es": "no déjalo",
    "fr": "non laissez tomber",
    "de": "nein lieber nicht",
    "it": "no lascia perdere",
    "pt": "não deixa",
    "nl": "nee laat zitten",
    "pl": "nie rezygnuję",
}
_POLITE = {
    "es": "por favor gracias de está bien muy lo la",
    "fr": "s'il vous te plaît merci bien c'est bon le la",
    "de": "bitte danke das es gut sehr",
    "it": "per favore grazie va pure lo la",
    "pt": "por favor obrigado obrigada pode está bem o a",
    "nl": "alstublieft alsjeblieft dank bedankt je u het maar goed dat is",
    "pl": "proszę poproszę dziękuję dzięki to bardzo",
}
_AGREED, _DECLINED, _AROUND = (
    {language: frozenset(said.split()) for language, said in lists.items()} for lists in (_YES, _NO, _POLITE)
)
_ENOUGH, _CLEAR = 1.2, 0.4  # evidence there must be, and how much more than for any other language


@lru_cache(maxsize=1024)
def language_of(text: str) -> str | None:
    """The two-letter code (ISO 639-1) of the language ``text`` is in; ``None`` when its words do not tell."""
    scores = dict.fromkeys(_LISTS, 0.0)
    for word in {word.value for word in words(text[:1000])}:
        for language, weight in _evidence(word).items():
            scores[language] += weight
    if "¿" in text or "¡" in text:
        scores["es"] += 1.0
    best, second = sorted(scores, key=lambda language: scores[language], reverse=True)[:2]
    clear = scores[best] >= _ENOUGH and scores[best] - scores[second] >= _CLEAR
    return best if clear else None


def agreement(text: str) -> Literal["approve", "reject"] | None:
    """Whether the whole of ``text`` says yes, or no, in a language other than English."""
    said = {word.value for word in words(text[:200])}
    for language, around in _AROUND.items():
        yes, no = said & _AGREED[language], said & _DECLINED[language]
        if bool(yes) != bool(no) and said <= yes | no | around:
            return "approve" if yes else "reject"
    return None


@lru_cache(maxsize=4096)
def _evidence(word: str) -> dict[str, float]:
    if word in _SHARED:
        return {language: 1 / _SHARED[word] for language, common in _LISTS.items() if word in common}
    return next((weights for pattern, weights in _MARKS if pattern.search(word)), {})
