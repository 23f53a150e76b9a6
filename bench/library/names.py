"""Made-up names in many scripts. Combining short lists gives more distinct names than any library needs."""

from random import Random
from typing import NamedTuple


class Tongue(NamedTuple):
    """Word lists of one language: what a title is put together from."""

    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    given: tuple[str, ...]
    families: tuple[str, ...]
    title: str
    weight: int


TONGUES = (
    Tongue(
        ("Silent", "Golden", "Broken", "Electric", "Distant", "Paper", "Midnight", "Hollow", "Velvet", "Restless"),
        ("River", "Mirror", "Harbour", "Signal", "Garden", "Winter", "Engine", "Lantern", "Horizon", "Orchard"),
        ("Nora", "Elias", "Maeve", "Jonah", "Iris", "Silas", "Wren", "Otis"),
        ("Calloway", "Thorne", "Whitlock", "Vance", "Hartley", "Okafor", "Mercer", "Lindqvist"),
        "{a} {n}",
        8,
    ),
    Tongue(
        ("Stille", "Ferne", "Blaue", "Späte", "Grüne", "Müde", "Weiße", "Kühle"),
        ("Straßen", "Wälder", "Stunden", "Brücken", "Träume", "Nächte", "Flüsse", "Türen"),
        ("Jürgen", "Käthe", "Lotte", "Björn", "Anneliese", "Günther"),
        ("Müller", "Weiß", "Schröder", "Köhler", "Bäumer", "Löwe"),
        "{a} {n}",
        3,
    ),
    Tongue(
        ("perdu", "éternel", "fragile", "oublié", "léger", "doré"),
        ("Le café", "Un été", "Le théâtre", "Le fleuve", "Le matin", "Le rêve", "L'hôtel"),
        ("Élodie", "François", "Zoé", "Rémi", "Hélène", "Jérôme"),
        ("Lefèvre", "Château", "Gagné", "Béranger", "d'Aubigny"),
        "{n} {a}",
        3,
    ),
    Tongue(
        ("Тихая", "Белая", "Дальняя", "Ночная", "Забытая", "Северная"),
        ("река", "зима", "дорога", "песня", "звезда", "весна", "гавань"),
        ("Анна", "Сергей", "Ольга", "Михаил", "Вера", "Лев"),
        ("Иванова", "Воронин", "Соколова", "Орлов", "Зайцева"),
        "{a} {n}",
        2,
    ),
    Tongue(
        ("青い", "静かな", "遠い", "夜の", "忘れた", "白い"),
        ("川", "空", "手紙", "駅", "海", "鏡", "庭"),
        ("さくら", "健太", "美咲", "翔", "葵", "蓮"),
        ("山本", "佐々木", "中村", "小林", "渡辺"),
        "{a}{n}",
        2,
    ),
    Tongue(
        ("Αργό", "Χρυσό", "Σιωπηλό", "Μακρινό"),
        ("ποτάμι", "λιμάνι", "όνειρο", "φως", "καλοκαίρι"),
        ("Ελένη", "Νίκος", "Μαρία", "Γιώργος"),
        ("Παπαδάκη", "Ξενάκης", "Ψαρρός", "Θεοδώρου"),
        "{a} {n}",
        1,
    ),
    Tongue(
        ("هادئة", "بعيدة", "ذهبية", "قديمة"),
        ("مدينة", "أغنية", "ليلة", "رسالة", "حديقة"),
        ("ليلى", "سامي", "نور", "ياسمين"),
        ("الحداد", "منصور", "الخطيب", "درويش"),
        "{n} {a}",
        1,
    ),
    Tongue(
        ("조용한", "푸른", "먼", "하얀"),
        ("강", "밤", "편지", "바다", "겨울"),
        ("서연", "민준", "지우", "하린"),
        ("김", "박", "최", "정"),
        "{a} {n}",
        1,
    ),
)
GENRES = (
    "Rock", "Electronic", "Jazz", "Classical", "Folk", "Ambient", "Hip-Hop", "Soul", "Metal", "Pop", "Reggae", "Blues",
    "Techno", "Chanson", "Drum & Bass", "Post-Rock", "Singer/Songwriter", "R&B", "Fado", "Synthpop",
)  # fmt: skip
_ENSEMBLES = ("Quartet", "Ensemble", "Orchestra", "Trio", "Collective", "& the Lanterns")


def pick_tongue(random: Random) -> Tongue:
    """Choose a language by its weight."""
    return random.choices(TONGUES, [tongue.weight for tongue in TONGUES])[0]


def artist_name(random: Random, tongue: Tongue, number: int) -> str:
    """Return a name no other ``number`` has."""
    name = f"{random.choice(tongue.given)} {random.choice(tongue.families)}"
    if random.random() < 0.3:
        name = f"{random.choice(tongue.adjectives)} {random.choice(tongue.nouns)} {random.choice(_ENSEMBLES)}"
    return f"{name} {_roman(number)}" if number else name


def title(random: Random, tongue: Tongue) -> str:
    """Return a title of one or two images."""
    first = tongue.title.format(a=random.choice(tongue.adjectives), n=random.choice(tongue.nouns))
    if random.random() < 0.25:
        return f"{first}, {tongue.title.format(a=random.choice(tongue.adjectives), n=random.choice(tongue.nouns))}"
    return first


def _roman(number: int) -> str:
    digits = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
    digits += ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    written = ""
    for value, letters in digits:
        count, number = divmod(number, value)
        written += letters * count
    return written
