"""What a mail for many looks like to mailbox providers and readers, before it goes. No Odoo.

Nothing is fetched here: links are looked at, and opened by `link_check`.
"""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree, html

# Gmail cuts off what is longer, and the link to unsubscribe with it
MAX_HTML = 100 * 1024
MAX_SUBJECT = 70
MIN_TEXT = 40
MAX_LISTED = 5

SCHEMES = {"http", "https", "mailto", "tel", "sms"}
LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".test", ".invalid", ".home.arpa")
HOST = re.compile(r"(?=.{1,253}$)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)+")
PROMISES = re.compile(
    r"\b(?:100% free|act now|click here|free money|risk[- ]free|you(?:'ve| have)? won|winner|"
    r"earn money|urgent(?:ly)?|guaranteed|no obligation|cash bonus|double your)\b|"
    r"(?:اربح الآن|ربحت|لقد فزت|مجان[اًي]+ تمام[اً]+|اضغط هنا|انقر هنا|عاجل جد[اً]+|مضمون 100|"
    r"بدون مقابل|ضاعف أرباحك|فرصة لن تتكرر|اتصل الآن)",
    re.IGNORECASE,
)


class Finding(NamedTuple):
    """One thing to mend. `code` says what, `severity` is error or warning, `detail` is what it
    is about: an address, a number, words.
    """

    code: str
    severity: str
    detail: str = ""


def check(
    subject: str, preview: str, body: str, text: str, own: frozenset[str] = frozenset()
) -> list[Finding]:
    """Return what is to mend in a mail.

    :param body: HTML, after merge fields were filled in
    :param text: the same as plain text
    :param own: our own servers, as `get_server` names them
    """
    root = _parse(body)
    images = [] if root is None else list(root.iter("img"))
    findings = check_words(subject, text)
    if not preview.strip():
        findings.append(Finding("no_preview", "warning"))
    if len(text.strip()) < MIN_TEXT:
        if images:
            findings.append(Finding("only_images", "warning"))
        elif not text.strip():
            findings.append(Finding("no_text", "error"))
    if len(body.encode(errors="replace")) > MAX_HTML:
        size = len(body.encode(errors="replace")) // 1024
        findings.append(Finding("too_large", "warning", str(size)))
    bare = sum(not (image.get("alt") or "").strip() for image in images)
    if bare:
        findings.append(Finding("no_alt", "warning", str(bare)))
    hrefs = _get_links(root)
    findings += check_links(hrefs, own)
    if not any("/unsubscribe" in href for href in hrefs):
        findings.append(Finding("no_unsubscribe", "warning"))
    return findings


def get_links(body: str) -> list[str]:
    """Return where the links of HTML lead."""
    return _get_links(_parse(body))


def _get_links(root):
    hrefs = [] if root is None else [link.get("href") for link in root.iter("a")]
    return [href for href in hrefs if href is not None]


def _parse(body):
    try:
        return html.fragment_fromstring(body, create_parent="div")
    except (etree.ParserError, ValueError):
        return None


# ----------------------------------------------------------------------
# Words
# ----------------------------------------------------------------------


def check_words(subject: str, text: str) -> list[Finding]:
    """Return what filters against spam dislike in the words."""
    findings = []
    subject = subject.strip()
    if not subject:
        return [Finding("no_subject", "error")]
    cased = [letter for letter in subject if letter.lower() != letter.upper()]
    if len(cased) >= 8 and sum(letter.isupper() for letter in cased) > 0.8 * len(cased):
        findings.append(Finding("capitals", "warning"))
    if len(re.findall("[!！]", subject)) > 1 or re.search("[!！]{3}", text):
        findings.append(Finding("exclamation", "warning"))
    if re.match(r"(?:re|fwd?|aw|رد|إعادة توجيه)\s*:", subject, re.IGNORECASE):
        findings.append(Finding("false_reply", "warning"))
    if len(subject) > MAX_SUBJECT:
        findings.append(Finding("long_subject", "warning", str(len(subject))))
    words = list(dict.fromkeys(found.lower() for found in PROMISES.findall(f"{subject}\n{text}")))
    if words:
        findings.append(Finding("promises", "warning", ", ".join(words[:MAX_LISTED])))
    return findings


# ----------------------------------------------------------------------
# Links
# ----------------------------------------------------------------------


def check_links(hrefs: list[str], own: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what is wrong with the addresses of links, each problem once."""
    found = {}
    for href in hrefs:
        code = judge_link(href)
        # clicks, pictures and preferences lead to our own server anyway, wherever it stands
        if code and not (code == "local_link" and get_server(href) in own):
            found.setdefault(code, []).append(" ".join(href.split())[:80])
    return [
        Finding(
            code,
            "warning" if code == "empty_link" else "error",
            ", ".join(dict.fromkeys(addresses[:MAX_LISTED])),
        )
        for code, addresses in found.items()
    ]


def get_server(url: str) -> str:
    """Return the host and port that an address of the web leads to; empty for any other."""
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
        return f"{parts.hostname}:{port}" if parts.hostname and port else ""
    except ValueError:
        return ""


def judge_link(href: str) -> str | None:
    """Return what is wrong with an address: `empty_link`, `bad_link`, `local_link`; else None."""
    href = href.strip()
    if href in ("", "#", "http://", "https://", "http:", "https:"):
        return "empty_link"
    if href.startswith(("#", "?")) or (href.startswith("/") and not href.startswith("//")):
        return None
    try:
        parts = urlsplit(href)
        scheme, host, _port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        return "bad_link"
    if scheme == "mailto":
        return None if "@" in parts.path else "bad_link"
    if scheme in ("tel", "sms"):
        return None if re.search(r"\d", parts.path) else "bad_link"
    if scheme not in SCHEMES or re.search(r"\s", href):
        return "bad_link"
    return _judge_host(host)


def _judge_host(host):
    host = host.rstrip(".").lower()
    if not host:
        return "bad_link"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # 127.1, 0x7f000001 and 2130706433 are addresses to browsers as well
        if re.fullmatch(r"[\d.]+|0x[0-9a-f.x]+", host):
            return "local_link"
        if host == "localhost" or host.endswith(LOCAL_SUFFIXES):
            return "local_link"
        if "." not in host:
            return "local_link"
        return None if HOST.fullmatch(host) else "bad_link"
    return None if address.is_global else "local_link"


# ----------------------------------------------------------------------
# Whether the domain says that its mails are genuine
# ----------------------------------------------------------------------


def judge_sender(spf: list[str], dkim: list[str], dmarc: list[str]) -> list[Finding]:
    """Return what the TXT records of a domain of senders lack.

    :param spf: of the domain; `dkim`: of the selectors that were tried; `dmarc`: of `_dmarc`
    """
    findings = []
    policies = [one for one in spf if re.match(r"v=spf1(?:\s|$)", one, re.IGNORECASE)]
    if not policies:
        findings.append(Finding("no_spf", "warning"))
    elif len(policies) > 1:
        findings.append(Finding("many_spf", "warning", str(len(policies))))
    elif re.search(r"\+all\b|\sall\b", policies[0], re.IGNORECASE):
        findings.append(Finding("open_spf", "warning", policies[0][:80]))
    if not any(re.search(r"(?:^|;)\s*p=[\w+/]", one, re.IGNORECASE) for one in dkim):
        findings.append(Finding("no_dkim", "warning"))
    if not any(re.match(r"v=DMARC1\s*;", one, re.IGNORECASE) for one in dmarc):
        findings.append(Finding("no_dmarc", "warning"))
    return findings
