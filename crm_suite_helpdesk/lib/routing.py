"""Who of a team gets a ticket, and why the others do not: without a database.

Reasons and obstacles are tuples that begin with a code; whoever shows them finds the words.
"""

import unicodedata
from dataclasses import dataclass, field

ROUND_ROBIN, LEAST_OPEN, WEIGHTED = "round_robin", "least_open", "weighted"
# What a ticket asks for is a condition, or a wish
MUST, PREFER = "must", "prefer"
# What happens while nobody is at work: wait for the next shift, or choose who is back first
WAIT, AHEAD = "wait", "ahead"

# Below this share of Arabic letters, a text merely names something in Arabic
ARABIC_SHARE = 0.5
LETTERS_READ = 2000


@dataclass
class Agent:
    """Somebody who may get tickets of a team.

    :param key: breaks the last tie
    :param user: one person may be an agent of several teams
    :param weight: above 0; twice the weight gets twice the tickets, with the method of weights
    :param capacity: open tickets beyond which nothing is added; 0: no limit
    :param credit: what the method of weights owes this agent
    :param last_at: when he last got a ticket, in anything that grows
    :param languages: codes without a country; none: any language
    :param categories: none: all categories; so are `tags`
    :param absence: why he gets nothing at all, whatever the ticket; None when he might
    :param starts_at: when he works next, `now` while he is at work; None when that is too far off
    """

    key: int
    user: int
    weight: int = 1
    capacity: int = 0
    open_count: int = 0
    credit: int = 0
    last_at: object = 0
    skills: frozenset = frozenset()
    languages: frozenset = frozenset()
    categories: frozenset = frozenset()
    tags: frozenset = frozenset()
    absence: tuple | None = None
    starts_at: object = None

    @property
    def is_full(self):
        return bool(self.capacity) and self.open_count >= self.capacity


@dataclass(frozen=True)
class Request:
    """What a ticket asks for.

    :param language: a code without a country, or nothing when it is unknown
    :param categories: the category and those that it is part of
    :param favourites: (user, reason) of those who come first if they can, the best first
    :param passed: users who had their chance
    """

    skills: frozenset = frozenset()
    language: str = ""
    categories: frozenset = frozenset()
    tags: frozenset = frozenset()
    favourites: tuple = ()
    passed: frozenset = frozenset()


@dataclass(frozen=True)
class Terms:
    """How a team hands out its tickets."""

    method: str = LEAST_OPEN
    fit: str = MUST
    off_hours: str = WAIT


@dataclass
class Outcome:
    """:param agent: who gets the ticket; None when nobody does
    :param group: who was in question at the end, him among them
    :param wake_at: when somebody comes to work who could get it, if nobody can now
    :param reasons: why he, as tuples (code, ...)
    :param left_out: why not the others, as tuples (user, code, ...)
    """

    agent: Agent | None = None
    group: list = field(default_factory=list)
    wake_at: object = None
    reasons: list = field(default_factory=list)
    left_out: list = field(default_factory=list)

    @property
    def state(self):
        if self.agent:
            return "automatic"
        return "later" if self.wake_at else "nobody"


def route(request, agents, terms, now):
    """Decide about a ticket; `take` has to be called with the choice before the next one.

    :param agents: `Agent` of the team
    :param now: comparable with `Agent.starts_at`
    """
    outcome, able, misfits = Outcome(), [], {}
    for agent in agents:
        unfit = find_misfits(request, agent)
        obstacle = find_obstacle(request, agent) or (terms.fit == MUST and unfit and unfit[0])
        if obstacle:
            outcome.left_out.append((agent.user, *obstacle))
        else:
            able.append(agent)
            misfits[agent.key] = unfit
    group = [agent for agent in able if agent.starts_at <= now]
    later = [agent for agent in able if agent.starts_at > now]
    if not group and terms.off_hours == AHEAD:
        group = later
    else:
        outcome.left_out += [(agent.user, "off_until", agent.starts_at) for agent in later]
    if not group:
        outcome.wake_at = min((agent.starts_at for agent in later), default=None)
        return outcome
    fewest = min(len(misfits[agent.key]) for agent in group)
    outcome.group = [agent for agent in group if len(misfits[agent.key]) == fewest]
    outcome.agent = _find_favourite(request, group, outcome)
    if not outcome.agent:
        outcome.agent = pick(terms.method, outcome.group)
        outcome.reasons = _explain(request, outcome, misfits[outcome.agent.key], terms.method)
    if outcome.agent.starts_at > now:
        outcome.reasons.append(("starts_at", outcome.agent.starts_at))
    return outcome


def _find_favourite(request, group, outcome):
    for user, reason in request.favourites:
        for agent in group:
            if agent.user == user:
                outcome.reasons = [(reason,)]
                if agent not in outcome.group:
                    outcome.group.append(agent)
                return agent
    return None


def _explain(request, outcome, misfits, method):
    agent, group, reasons = outcome.agent, outcome.group, []
    if request.skills and request.skills <= agent.skills:
        reasons.append(("has_skills", *sorted(request.skills)))
    if request.language and request.language in agent.languages:
        reasons.append(("speaks", request.language))
    reasons += [("although", *misfit) for misfit in misfits]
    if len(group) == 1:
        reasons.append(("only_one",))
    elif method == ROUND_ROBIN:
        reasons.append((ROUND_ROBIN,))
    elif method == WEIGHTED:
        reasons.append((WEIGHTED, agent.weight, sum(other.weight for other in group)))
    else:
        reasons.append((LEAST_OPEN, agent.open_count))
    return reasons


def find_obstacle(request, agent):
    """Return what keeps an agent from a ticket whatever the team thinks of wishes, or None."""
    if agent.absence:
        return agent.absence
    if agent.user in request.passed:
        return ("passed",)
    if agent.is_full:
        return ("full", agent.open_count, agent.capacity)
    if agent.starts_at is None:
        return ("not_soon",)
    return None


def find_misfits(request, agent):
    """Return what a ticket asks for and an agent is not, the most important first."""
    misfits = []
    if missing := request.skills - agent.skills:
        misfits.append(("lacks_skills", *sorted(missing)))
    if request.language and agent.languages and request.language not in agent.languages:
        misfits.append(("speaks_not", request.language))
    if agent.categories and not agent.categories & request.categories:
        misfits.append(("other_categories",))
    if agent.tags and not agent.tags & request.tags:
        misfits.append(("other_tags",))
    return misfits


def pick(method, group):
    """Return whose turn it is.

    :param group: not empty
    """
    if method == ROUND_ROBIN:
        return min(group, key=lambda agent: (agent.last_at, agent.key))
    if method == WEIGHTED:
        return max(group, key=lambda agent: (agent.credit + agent.weight, -agent.key))
    return min(group, key=lambda agent: (agent.open_count, agent.last_at, agent.key))


def take(agent, group, method, instant):
    """Note that an agent got a ticket.

    Weights are kept exactly: each time, everybody in question is credited with his weight, and
    who gets the ticket pays all of it. Who was not in question neither gains nor loses.

    :param group: the agents who were in question, him among them
    :param instant: after all others at which tickets were given
    """
    if method == WEIGHTED:
        for other in group:
            other.credit += other.weight
        agent.credit -= sum(other.weight for other in group)
    agent.open_count += 1
    agent.last_at = instant


def guess_language(text, known=""):
    """Return the language that somebody writes, as a code without its country.

    The alphabet tells Arabic from what else the customer is known to speak: contacts that are made
    from mails have the language of the system, whatever they write.

    >>> guess_language("الطابعة لا تعمل HP", "en_US"), guess_language("Hello", "ar_001")
    ('ar', 'ar')
    >>> guess_language("Bonjour", "fr_FR"), guess_language("42", "")
    ('fr', '')
    """
    arabic = others = 0
    for char in text[:LETTERS_READ]:
        if char.isalpha():
            if unicodedata.name(char, "").startswith("ARABIC"):
                arabic += 1
            else:
                others += 1
    if arabic and arabic / (arabic + others) >= ARABIC_SHARE:
        return "ar"
    return known.partition("_")[0]
