"""Read what senders tell about themselves under an e-mail: name, company, job title, telephone.

Only what people write under their mail counts: quoted text belongs to somebody else, and a
number in running text is more often an order or an amount than a telephone. What is not certain
is left out: an empty field is filled in one call, a wrong one stays for years.
"""

import re
from typing import NamedTuple

from .arabic import DIGITS

SIGNATURE_LINES = 15
# A part of a signature is short; longer lines are text, adverts or legal notices
PART_LENGTH = 80
DIGITS_AT_LEAST, DIGITS_AT_MOST = 7, 15
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

TRIM = " \t*_-–—|,;:.،؛•·"
CLOSING = re.compile(
    r"""[\s*_]*(?:
        (?:(?:with|many|kind|best|warm|kindest|warmest)\s+){0,2}(?:regards|wishes|thanks|greetings)
      | thanks | thank\s+you | sincerely | yours(?:\s+(?:sincerely|faithfully|truly))? | cheers
      | best
      | (?:mit\s+)?(?:freundlichen|besten|herzlichen|viele)\s+gr(?:üßen|üssen|üße) | cordialement
      | (?:و?تفضلوا|وتقبلوا|تقبلوا)\b.{0,40} | (?:مع\s+)?(?:خالص|أطيب|اطيب|أجمل|وافر)\b.{0,25}
      | (?:مع\s+)?(?:تحياتي|تحياتنا|التحية|الشكر|جزيل\s+الشكر|فائق\s+الاحترام|الاحترام)\b.{0,25}
      | شكرا?ً?ا? | ودمتم
    )[\s,.!،*_]*
    (?:and\s+(?:regards|thanks)|in\s+advance|so\s+much|very\s+much|لكم|لك)?[\s,.!،*_]*$""",
    re.IGNORECASE | re.VERBOSE,
)
STATED = re.compile(
    r"""[\s*_•-]*(?:
        (?P<name>name|contact\s+name|الاسم|الإسم)
      | (?P<company>company(?:\s+name)?|organi[sz]ation|firm|الشركة|اسم\s+الشركة|المؤسسة|الجهة)
      | (?P<function>title|job(?:\s+title)?|position|role|المسمى\s+الوظيفي|الوظيفة|المنصب)
    )[\s*_]*[:：](?P<value>.*)$""",
    re.IGNORECASE | re.VERBOSE,
)
SEPARATOR = re.compile(r"\s*[|•·؛;]\s*|\s+[-–—/]+\s+")
COMMA = re.compile(r"\s*[,،]\s*")
AT = re.compile(r"\s+(?:at|@|bei|chez|لدى)\s+", re.IGNORECASE)
TITLE = re.compile(
    r"""(?<!\w)(?:
        (?:general|sales|purchas\w+|procurement|office|project|account|marketing|vice)?\s*
        (?:manager|director|president|engineer|officer|head\s+of|executive|representative|buyer
          |owner|founder|co-founder|consultant|specialist|coordinator|assistant|supervisor
          |accountant|analyst|developer|architect|secretary|controller|administrator|buyer)
      | ceo | cto | cfo | coo | cio | cmo | vp | chairman | managing\s+partner
      | geschäftsführer(?:in)? | leiter(?:in)? | directeur | directrice | responsable
      | (?:ال)?(?:مدير|رئيس|مهندس|مسؤول|مسئول|مشرف|محاسب|منسق|مستشار|أخصائي|اخصائي|مندوب
          |محلل|مؤسس)ة?
      | نائب | مالك | مالكة | سكرتير | سكرتيرة | مساعد | مساعدة | الرئيس\s+التنفيذي
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
COMPANY = re.compile(
    r"""(?<!\w)(?:
        ltd | limited | llc | inc | gmbh | ag | kg
      | sarl | s\.a\.?r?\.?l?\.? | plc | b\.?v\.?
      | corp | corporation | company | co\. | & \s co | group | holdings? | trading
      | industries | est\.
      | establishment | enterprises? | fze | fzco | w\.?l\.?l\.? | factory | stores? | solutions
    )(?!\w) | ^(?:شركة|مؤسسة|مجموعة|مصنع|مصانع|مكتب|بنك|جامعة|وزارة|مستشفى|متجر|معرض)\s""",
    re.IGNORECASE | re.VERBOSE,
)
# "This e-mail is confidential", "Please consider the environment"
LEGAL = re.compile(r"(?i)confidential|intended|e-?mail|disclaimer|سري|الرسالة|sent\s+from|أرسل")
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){1,4}")


class Signature(NamedTuple):
    name: str = ""
    company: str = ""
    function: str = ""
    phone: str = ""


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


def read_signature(text: str, sender: str = "", address: str = "") -> Signature:
    """Return what the signature of a mail states.

    A signature starts after "--", after a closing formula, or at a line with the name of the
    sender. Without one of these, only lines that say what they hold ("Company: …") count.

    :param text: plain text of a mail, in any language
    :param sender: the name in the sender's address, if there is one
    :param address: the e-mail address of the sender; a company named like its domain is certain
    :return: fields that are not stated are empty strings
    """
    lines = _own_lines(text)[-SIGNATURE_LINES:]
    found = dict.fromkeys(("name", "company", "function"), "")
    for line in lines:
        if match := STATED.match(line):
            key = next(key for key in found if match[key])
            value = match["value"].strip(TRIM)
            if 2 <= len(value) <= PART_LENGTH:
                found[key] = found[key] or value
    domain = _squeeze(address.rpartition("@")[2].rpartition(".")[0].rpartition(".")[2])
    for line in _block(lines, sender):
        for part in _parts(line):
            _read_part(part, found, sender, domain)
    return Signature(phone=find_phone(text) or "", **found)


def _block(lines: list[str], sender: str) -> list[str]:
    """Return the lines of the signature, without those that say what they hold."""
    start = None
    for index, line in enumerate(lines):
        if line.strip(TRIM) == "" and "--" in line or CLOSING.match(line):
            start = index + 1
        elif start is None and sender and _squeeze(line) == _squeeze(sender):
            start = index
    if start is None:
        return []
    return [line for line in lines[start:] if not STATED.match(line) and "://" not in line]


def _parts(line: str) -> list[str]:
    """Return the parts of "Sara Klein | Buyer, Haddad Trading", short ones only."""
    if len(line) > 2 * PART_LENGTH:
        return []
    parts = []
    for rough in SEPARATOR.split(line):
        # "Manager at Haddad Trading"; a comma before a form of company belongs to its name
        pieces = AT.split(rough) if TITLE.search(rough) else [rough]
        for piece in pieces:
            comma = COMMA.split(piece)
            parts += comma if TITLE.search(comma[0]) or len(comma) > 2 else [piece]
    parts = [part.strip(TRIM) for part in parts]
    return [part for part in parts if 2 <= len(part) <= PART_LENGTH and "@" not in part]


def _read_part(part: str, found: dict[str, str], sender: str, domain: str) -> None:
    """Add what a part of a signature certainly is to what was found."""
    is_digit = any(character.isdigit() for character in part)
    if NUMBER.search(part) or LEGAL.search(part):
        return
    if sender and _squeeze(part) == _squeeze(sender):
        found["name"] = found["name"] or part
    elif COMPANY.search(part) or (len(domain) > 3 and domain in _squeeze(part)):
        found["company"] = found["company"] or part
    elif TITLE.search(part) and not is_digit:
        found["function"] = found["function"] or part
    elif not any(found.values()) and NAME.fullmatch(part) and not CLOSING.match(part):
        found["name"] = part


def _squeeze(text: str) -> str:
    return "".join(character for character in (text or "").casefold() if character.isalnum())


def _own_lines(text: str) -> list[str]:
    """Return the lines that the sender wrote, without quoted mails and empty lines."""
    lines = []
    for raw in (text or "").splitlines():
        line = HYPHENS.sub("-", SPACES.sub(" ", INVISIBLE.sub("", raw))).translate(DIGITS)
        if QUOTE_START.match(line):
            break
        if line.strip() and not QUOTE_LINE.match(line):
            lines.append(" ".join(line.split()))
    return lines


def _is_phone(number: str) -> bool:
    digits = sum(character.isdigit() for character in number)
    return DIGITS_AT_LEAST <= digits <= DIGITS_AT_MOST and not DATE.fullmatch(number)
