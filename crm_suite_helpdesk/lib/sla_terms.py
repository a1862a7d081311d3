"""What a policy promises and to whom, without a database.

Terms are read from the snapshot of a revision (see `crm.sla.policy._prepare_snapshot`), which
never changes, so they can be kept in memory.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

WAITS = ("customer", "third", "internal")


class Facts(NamedTuple):
    """What of a ticket decides which policies cover it; ids, 0 for none."""

    team: int = 0
    partner: int = 0
    tier: int = 0
    categories: frozenset[int] = frozenset()
    tags: frozenset[int] = frozenset()
    product: int = 0
    product_categories: frozenset[int] = frozenset()
    order: int = 0
    day: str = ""


class Target(NamedTuple):
    target_id: int
    metric: str
    priority: str
    budget: int
    risk_share: int
    pauses: frozenset[str]


class Promise(NamedTuple):
    """A target that holds for a ticket."""

    policy_id: int
    revision_id: int
    target: Target
    mode: str
    calendar_id: int
    on_reopen: str
    # 0: one promise of its kind replaces another; else it holds besides, under this number
    slot: int


@dataclass(frozen=True, slots=True)
class Terms:
    revision_id: int
    policy_id: int
    conditions: tuple[tuple[str, frozenset[int]], ...]
    tags: frozenset[int]
    all_tags: bool
    date_from: str
    date_to: str
    domain: str
    mode: str
    calendar_id: int
    stack: str
    on_reopen: str
    reopen_days: int
    targets: tuple[Target, ...]

    def cover(self, facts: Facts) -> bool:
        """Whether a ticket meets all conditions but the domain, which needs a database."""
        if self.date_from and facts.day < self.date_from:
            return False
        if self.date_to and facts.day > self.date_to:
            return False
        if self.tags:
            common = self.tags & facts.tags
            if not common or (self.all_tags and common != self.tags):
                return False
        return all(_meets(getattr(facts, name), wanted) for name, wanted in self.conditions)

    def find(self, metric: str, priority: str) -> Target | None:
        """The target for a priority; one for this priority goes before one for all."""
        found = [t for t in self.targets if t.metric == metric and t.priority in ("", priority)]
        return max(found, key=lambda target: target.priority, default=None)

    def promise(self, priority: str) -> list[Promise]:
        """What a ticket of a priority that is covered is promised."""
        targets = (self.find(m, priority) for m in dict.fromkeys(t.metric for t in self.targets))
        return [
            Promise(
                self.policy_id,
                self.revision_id,
                target,
                self.mode,
                self.calendar_id,
                self.on_reopen,
                self.policy_id if self.stack == "add" else 0,
            )
            for target in targets
            if target
        ]


# Condition of a snapshot -> what it is compared with
CONDITIONS = {
    "team_ids": "team",
    "partner_ids": "partner",
    "tier_ids": "tier",
    "category_ids": "categories",
    "product_ids": "product",
    "product_categ_ids": "product_categories",
    "order_ids": "order",
}


def read_terms(revision_id: int, policy_id: int, snapshot: dict[str, Any]) -> Terms:
    return Terms(
        revision_id=revision_id,
        policy_id=policy_id,
        conditions=tuple(
            (name, frozenset(snapshot[key]))
            for key, name in CONDITIONS.items()
            if snapshot.get(key)
        ),
        tags=frozenset(snapshot.get("tag_ids") or ()),
        all_tags=snapshot.get("tag_match") == "all",
        date_from=snapshot.get("date_from") or "",
        date_to=snapshot.get("date_to") or "",
        domain=snapshot.get("domain") or "",
        mode=snapshot["mode"],
        calendar_id=snapshot.get("calendar_id") or 0,
        stack=snapshot.get("stack") or "exclusive",
        on_reopen=snapshot.get("on_reopen") or "resume",
        reopen_days=snapshot.get("reopen_days") or 0,
        targets=tuple(_read_target(target) for target in snapshot["targets"]),
    )


def _read_target(target: dict[str, Any]) -> Target:
    return Target(
        target_id=target["id"],
        metric=target["metric"],
        priority=target.get("priority") or "",
        budget=target["budget_s"],
        risk_share=target.get("risk_share") or 75,
        pauses=frozenset(wait for wait in WAITS if target.get(f"pause_{wait}")),
    )


def _meets(value: int | frozenset[int], wanted: frozenset[int]) -> bool:
    return bool(value & wanted) if isinstance(value, frozenset) else value in wanted
