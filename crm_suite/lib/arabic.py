"""One spelling for what people write in many: so that أحمد is found by احمد, and ١٢٣ by 123.

Arabic is typed with and without hamza, with ta marbuta or ha, with alef maqsura or ya, stretched
by tatweel and vocalised or not; its digits come in three shapes. Latin text comes with accents and
in two cases. All of that is one and the same to somebody who looks for a name.
"""

import unicodedata

# Arabic and Persian digits to those of the rest of the world
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
TATWEEL = "\u0640"
HAMZA = "\u0621"
# What Unicode does not know as variants of one letter
SAME = {
    # alef wasla; the small letters of the Koran are combining marks already
    "\u0671": "\u0627",
    # ta marbuta, and the heh of Persian, Urdu and Kurdish
    "\u0629": "\u0647",
    "\u06be": "\u0647",
    "\u06c1": "\u0647",
    "\u06c3": "\u0647",
    "\u06d5": "\u0647",
    # alef maqsura, and the yeh of Persian and Urdu
    "\u0649": "\u064a",
    "\u06cc": "\u064a",
    "\u06d2": "\u064a",
    # the kaf of Persian, and the swash kaf
    "\u06a9": "\u0643",
    "\u06aa": "\u0643",
    # a hamza of its own is written or not: بهاء, بها
    HAMZA: "",
    "\u0674": "",
    TATWEEL: "",
    # punctuation
    "\u060c": ",",
    "\u061b": ";",
    "\u061f": "?",
    "\u066a": "%",
    "\u066b": ".",
    "\u066c": ",",
    "\u066d": "*",
    "\u06d4": ".",
    "\u2018": "'",
    "\u2019": "'",
    "\u201b": "'",
    "\u02bc": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u00ab": '"',
    "\u00bb": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2015": "-",
    "\u2212": "-",
    # Latin letters that are no letter with an accent in Unicode
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
}


class _Folding(dict):
    """What becomes of each character, found out when it is met for the first time."""

    def __missing__(self, code):
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(character):
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    if unicodedata.category(character) in ("Cf", "Cs"):
        return ""  # marks of direction, joiners, soft hyphens; halves of characters
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_fold_part(part) for part in folded if not unicodedata.combining(part))


def _fold_part(part):
    if (digit := unicodedata.decimal(part, None)) is not None:
        return str(digit)
    if unicodedata.category(part) == "Zs":
        return " "
    return SAME.get(part, part)


_FOLDING = _Folding()


def normalize(text: str | None) -> str:
    """Return a text in the spelling in which texts are compared when one looks for something.

    Lower case without accents and vowel signs; one form of alef, ya, ha and kaf, hamza without its
    seat, no tatweel; Latin digits; plain quotes and hyphens; single spaces, none at the ends.
    The result is its own normal form.
    """
    if not text:
        return ""
    text = text.lower() if text.isascii() and text.isprintable() else text.translate(_FOLDING)
    return " ".join(text.split())


# Blocks of the languages that people write in here: Latin with accents, Arabic, punctuation
_FOLDING_BLOCKS = (range(0xA0, 0x180), range(0x600, 0x700), range(0x2010, 0x2034))


def get_folding() -> tuple[str, str]:
    """Return two texts for functions that replace each character of one text by the character at
    the same place in another, or by nothing when the second text is shorter: `translate` of SQL.

    They do what :func:`normalize` does with characters that become one character or none. Of
    others (ß, æ) and of rare scripts they know nothing.
    """
    replaced, removed = {}, []
    for code in (code for block in _FOLDING_BLOCKS for code in block):
        folded = normalize(f"|{chr(code)}|")[1:-1]
        if not folded:
            removed.append(chr(code))
        elif len(folded) == 1 and folded != chr(code):
            replaced[chr(code)] = folded
    return "".join([*replaced, *removed]), "".join(replaced.values())
