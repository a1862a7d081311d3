"""What somebody looks for in a text of his own words, in English and Arabic.

Not the search of a name: whoever describes a problem uses other words than the article that helps
him. So small words are left out, and of the others only what endings and articles leave of them is
looked for: "my printers" and "طابعتي" find what is said of a printer and of الطابعات.

All texts here are normalised (`crm_suite/lib/arabic.py`): small letters, one spelling.
"""

import re
from typing import NamedTuple

# More than a sentence holds: the longest words of a long text say most
MOST_TERMS = 8
# A word of two letters is in every text somewhere, so it must begin a word
SHORT = 3
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")

ENGLISH_SMALL = """
    a about after again all also am an and any are as at be because been but by can cannot could
    did do does doing don't for from get got had has have having hello help hi how i i'm i've if in
    into is isn't it it's its just me my need no not now of on or our out please problem question
    she should since so some still than thank thanks that the their them then there these they this
    to too try trying up urgent us use using very want was we were what when where which while who
    why will with won't would yes you your hey dear issue
"""
# As normalised: without hamza, with ه for ة and ي for ى
ARABIC_SMALL = """
    في من الي علي عن مع هذا هذه ذلك تلك التي الذي الذين ما ماذا متي اين كيف لماذا هل كم لا لم لن ليس
    كان كانت يكون تكون هو هي هم انا نحن انت ان انه اني او ثم بعد قبل عند عندي لدي لدينا كل بعض غير
    حتي اذا لو كما هنا هناك اريد نريد ارجو الرجا رجا فضلك السلام عليكم مرحبا شكرا سيدي مشكله سوال
    مساعده عاجل يرجي بدون الان ايضا فقط يا ولا وما بها به لها له عليها عليه منها منه فيها فيه الا
    قد
"""
SMALL_WORDS = frozenset((ENGLISH_SMALL + ARABIC_SMALL).split())

# Longest first
ENGLISH_ENDINGS = ("'s", "ations", "ation", "ies", "ing", "ed", "es", "s", "e", "y")
ARABIC = re.compile(r"[\u0600-\u06ff]")
ARABIC_BEGINNINGS = ("وال", "بال", "كال", "فال", "ولل", "لل", "ال")
ARABIC_OWNERS = ("هما", "كما", "ها", "هم", "هن", "كم", "كن", "نا", "ي", "ك")
ARABIC_ENDINGS = ("يات", "ات", "ون", "ين", "ان", "يه", "ه")

# What tells who somebody is: addresses, and numbers as long as those of telephones and customers
PERSONAL = re.compile(r"\S*@\S*|\+?\d(?:[\s().\/-]?\d){5,}")


class Term(NamedTuple):
    """What to look for: the part of a word that its other forms have, too; and the word itself.

    A part of one or two letters begins with a space, because it must begin a word.
    """

    part: str
    word: str


def get_terms(text: str) -> tuple[Term, ...]:
    """Return what to look for in other texts: parts of the words of this one, in their order.

    :param text: normalised
    """
    terms = {}
    for word in WORD.findall(text):
        if word in SMALL_WORDS or (len(word) == 1 and not word.isdigit()):
            continue
        stem = get_stem(word)
        part = stem if len(stem) >= SHORT else f" {stem}"
        terms.setdefault(part, Term(part, word))
    longest = sorted(terms.values(), key=lambda term: -len(term.part.strip()))[:MOST_TERMS]
    return tuple(term for term in terms.values() if term in longest)


def leave_out_personal(text: str) -> str:
    """Return what somebody looked for without what tells who he is."""
    return " ".join(PERSONAL.sub("…", text).split())


def get_stem(word: str) -> str:
    """Return the part of a normalised word that its other forms have, too."""
    if any(map(str.isdigit, word)):
        return word
    return _get_arabic_stem(word) if ARABIC.search(word) else _get_english_stem(word)


def _get_english_stem(word):
    if word.endswith("ss"):
        return word
    for ending in ENGLISH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _get_arabic_stem(word):
    for beginning in ARABIC_BEGINNINGS:
        if word.startswith(beginning) and len(word) - len(beginning) >= 3:
            word = word[len(beginning) :]
            break
    for owner in ARABIC_OWNERS:
        if word.endswith(owner) and len(word) - len(owner) >= 4:
            word = word[: -len(owner)]
            # the ه of a word becomes ت before its owner: طابعه, طابعتي
            if word.endswith("ت") and len(word) >= 4:
                word = word[:-1]
            break
    for ending in ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
