"""Was it a person who opened a message or followed a link, or a program? No Odoo.

A verdict hangs on all that is known of one message, never on the order in which it came to be
known: what comes later can change what was thought before.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

HUMAN, BOT, UNKNOWN = "human", "bot", "unknown"
AGENT_LENGTH = 250

# Gateways that look at mails, and their kind; crawlers; libraries that programs are made of
SCANNERS = re.compile(
    r"""bot\b|bot/|crawl|slurp|spider|scan|preview|headless|phantomjs|monitor|uptime|checker
    |safelinks|existence\ discovery|protocol\ discovery|office365|exchange\ online
    |mimecast|proofpoint|barracuda|symantec|messagelabs|forcepoint|websense|trendmicro|sophos
    |fireeye|ironport|cisco\ secure|zscaler|checkpoint|fortimail|fortigate|cloudmark|avanan
    |ironscales|urldefense|virustotal|bitdefender|kaspersky|mailguard|spamtitan|vade\ ?secure
    |curl/|wget/|python-|python/|urllib|aiohttp|httpx|go-http|java/|okhttp|libwww|lwp::|perl
    |ruby|php/|guzzle|axios|node-fetch|undici|httpclient|winhttp|restsharp|postman
    |facebookexternalhit|whatsapp|telegram|slack|discord|skypeuripreview|linkedin|pinterest
    |trendsmapresolver|google-pagerenderer""",
    re.IGNORECASE | re.VERBOSE,
)
# They fetch a picture because somebody opened the mail just now
PROXIES = re.compile(r"GoogleImageProxy|ggpht\.com|YahooMailProxy", re.IGNORECASE)
# What Apple's servers send that load every picture of every mail; no browser is that short
APPLE_PRIVACY = re.compile(r"Mozilla/5\.0")
READERS = re.compile(
    r"Mozilla/[45]\.0 \(|Opera/|Thunderbird|Outlook|Apple ?Mail|AppleWebKit|iPhone|Android",
    re.IGNORECASE,
)


class Thresholds(NamedTuple):
    """What a company thinks a person cannot do."""

    click_seconds: int = 3  # following a link so soon after sending
    burst_links: int = 3  # so many different links of one message ...
    burst_seconds: int = 5  # ... in so short a time


DEFAULTS = Thresholds()


class Visit(NamedTuple):
    """What is known of one open or click.

    :param key: names the event
    :param kind: open, click
    :param link: number of the link that was followed; None: a picture, or not known
    :param agent: what the visitor calls itself
    :param network: where it comes from, as coarse as it is kept
    :param is_trap: it followed the link that no person sees
    :param is_prefetch: it said by itself that nobody looks yet
    :param is_adopted: Odoo had noted it, and nothing else
    :param is_told: another program told it, which may not know more than that it happened
    """

    key: int
    kind: str
    date: datetime
    method: str = "GET"
    agent: str = ""
    network: str = ""
    link: int | None = None
    is_trap: bool = False
    is_prefetch: bool = False
    is_adopted: bool = False
    is_told: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether nothing is known of who it was, and so nothing speaks against a person."""
        return self.is_adopted or self.is_told and not self.agent.strip()


class Verdict(NamedTuple):
    actor: str
    reason: str


def classify(
    visits: Iterable[Visit],
    sent_at: datetime | None = None,
    link_count: int = 0,
    thresholds: Thresholds = DEFAULTS,
) -> dict[int, Verdict]:
    """Say of each visit of one message who it was.

    :param sent_at: when the message was handed over; None: not known
    :param link_count: how many links the message has; 0: not known
    """
    visits = list(visits)
    found = {visit.key: _judge_alone(visit, sent_at, thresholds) for visit in visits}
    visits = [visit for visit in visits if not visit.is_bare]
    rushed = _find_rushed(visits, link_count, thresholds)
    traps = {(visit.network, visit.agent) for visit in visits if visit.is_trap}
    heads = [visit for visit in visits if visit.method == "HEAD"]
    window = timedelta(seconds=thresholds.burst_seconds)
    for visit in visits:
        if found[visit.key].actor == BOT:
            continue
        if (visit.network, visit.agent) in traps:
            found[visit.key] = Verdict(BOT, "trap_visitor")
        elif visit.key in rushed:
            found[visit.key] = Verdict(BOT, "burst")
        elif any(
            (head.network, head.agent) == (visit.network, visit.agent)
            and abs(head.date - visit.date) <= window
            for head in heads
        ):
            found[visit.key] = Verdict(BOT, "head_visitor")
    return found


def _judge_alone(visit, sent_at, thresholds):
    if visit.is_bare:
        return Verdict(UNKNOWN, "adopted" if visit.is_adopted else "told")
    agent = visit.agent.strip()
    if visit.is_trap:
        return Verdict(BOT, "trap")
    if visit.method == "HEAD":
        return Verdict(BOT, "head")
    if visit.is_prefetch:
        return Verdict(BOT, "prefetch")
    if sent_at and visit.date < sent_at:
        return Verdict(BOT, "before_delivery")
    if PROXIES.search(agent):
        return Verdict(HUMAN, "proxy") if visit.kind == "open" else Verdict(BOT, "scanner")
    if not agent:
        return Verdict(BOT, "no_agent")
    if APPLE_PRIVACY.fullmatch(agent):
        return Verdict(BOT, "apple_privacy" if visit.kind == "open" else "scanner")
    if SCANNERS.search(agent):
        return Verdict(BOT, "scanner")
    soon = timedelta(seconds=thresholds.click_seconds)
    if visit.kind == "click" and sent_at and visit.date - sent_at < soon:
        return Verdict(BOT, "early")
    if READERS.search(agent):
        return Verdict(HUMAN, "reader")
    return Verdict(UNKNOWN, "unknown")


def _find_rushed(visits, link_count, thresholds):
    """Return the keys of the clicks that are part of a rush: more different links of the message
    than a person follows in that time, or all of them where there are two or more.
    """
    enough = max(2, thresholds.burst_links)
    if link_count >= 2:
        enough = min(enough, link_count)
    window = timedelta(seconds=thresholds.burst_seconds)
    clicks = sorted(
        (visit for visit in visits if visit.kind == "click" and visit.link is not None),
        key=lambda visit: (visit.date, visit.key),
    )
    rushed, start = set(), 0
    for end, click in enumerate(clicks):
        while click.date - clicks[start].date > window:
            start += 1
        inside = clicks[start : end + 1]
        if len({one.link for one in inside}) >= enough:
            rushed.update(one.key for one in inside)
    return rushed
