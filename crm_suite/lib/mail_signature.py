"""Find the sender's telephone number in the text of an e-mail.

Only what people write under their mail counts: quoted text belongs to somebody else, and a
number in running text is more often an order or an amount than a telephone.
"""

import re

SIGNATURE_LINES = 15
DIGITS_AT_LEAST, DIGITS_AT_MOST = 7, 15
ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# marks that mail programs put around Arabic text and numbers, and spaces of other kinds
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
SPACES = re.compile("[\t\u00a0\u2007\u2009\u202f]")
HYPHENS = re.compile("[\u2010-\u2015\u2212]")

QUOTE_LINE = re.compile(r"\s*(>|\|)")
QUOTE_START = re.compile(
    r"""\s*(?:
        -{2,}\s*(?:original|forwarded|رسالة)\b.*
      | _{10,}
      | (?:from|von|de|من)\s*:\s.*@.*
      | (?:on|am|le|el|في)\b.{5,120}(?:wrote|schrieb|écrit|escribió|كتب|كتبت)\s*:?\s*
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
NUMBER = re.compile(r"(?<![\w.,/+-])(?:\+|00)?\(?\d(?:[ ().\-/]{0,3}\d){6,16}(?![\w@/]|[.,]\d)")
LABEL = re.compile(
    r"""(?:^|[\s|,;(•·])(?:
        t | tel | telephone | phone | ph | p | m | mob | mobile | cell | whatsapp | call | direct
      | telefon | téléphone | handy
      | هاتف | الهاتف | جوال | الجوال | موبايل | الموبايل | محمول | المحمول | نقال | تلفون
      | واتساب | واتس
    )\s*(?:no|nr|number|رقم)?\s*[.:\-/#)]*\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
OTHER_LABEL = re.compile(
    r"""(?<!\w)(?:
        fax | فاكس | vat | tax | iban | account | acct | bank | swift | ref | order | invoice
      | reg | zip | p\.?o\.?\s*box | ticket | id | ضريبي | آيبان | حساب | طلب | فاتورة | سجل
    )\s*(?:no|nr|number|رقم)?\s*[.:\-/#]*\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
DATE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}")


def find_phone(text: str) -> str | None:
    """Return the telephone number of a signature, or None.

    :param text: plain text of a mail, in any language; Arabic-Indic digits are understood
    :return: the number as it was written, in Latin digits with single spaces: the first number
        that is labelled as a telephone, otherwise the first in international notation
    """
    international = None
    for line in _own_lines(text)[-SIGNATURE_LINES:]:
        for match in NUMBER.finditer(line):
            number, before = match.group(), line[: match.start()]
            # written from right to left, the plus sign comes last
            if line[match.end() :].startswith("+") and not number.startswith(("+", "00")):
                number = f"+{number}"
            if not _is_phone(number) or OTHER_LABEL.search(before):
                continue
            if LABEL.search(before):
                return number
            if international is None and number.startswith(("+", "00")):
                international = number
    return international


def _own_lines(text: str) -> list[str]:
    """Return the lines that the sender wrote, without quoted mails and empty lines."""
    lines = []
    for raw in (text or "").splitlines():
        line = HYPHENS.sub("-", SPACES.sub(" ", INVISIBLE.sub("", raw))).translate(ARABIC_DIGITS)
        if QUOTE_START.match(line):
            break
        if line.strip() and not QUOTE_LINE.match(line):
            lines.append(" ".join(line.split()))
    return lines


def _is_phone(number: str) -> bool:
    digits = sum(character.isdigit() for character in number)
    return DIGITS_AT_LEAST <= digits <= DIGITS_AT_MOST and not DATE.fullmatch(number)
