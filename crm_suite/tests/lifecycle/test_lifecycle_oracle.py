from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from odoo import fields

from .common import LifecycleCase
from .oracle import Oracle

HOLD_DAYS = 30
FILTERS = {
    "ordered": (
        '[("commercial_contact_ids", "any", [("sale_order_ids", "any", [("state", "=", "sale")])])]'
    ),
    "twice": '[("order_day_count", ">=", 2)]',
    "never": '[("order_day_count", "=", 0), ("ref", "ilike", "oracle")]',
    "lead": (
        '[("commercial_contact_ids", "any",'
        ' [("customer_lead_ids", "any", [("won_status", "=", "pending")])])]'
    ),
    "rich": '[("metric_ids", "any", [("revenue", ">", 500)])]',
    "some": '[("ref", "=", "oracle 1")]',
}
EVIDENCE = {"ordered": "first_order", "twice": "last_order", "lead": "lead"}


def _ordered(customer):
    return [order for order in customer["orders"] if order.state == "sale"]


FITS = {
    "ordered": lambda customer: bool(_ordered(customer)),
    "twice": lambda customer: len({order.date_order.date() for order in _ordered(customer)}) >= 2,
    "never": lambda customer: not _ordered(customer),
    "lead": lambda customer: any(lead.won_status == "pending" for lead in customer["leads"]),
    "rich": lambda customer: any(revenue > 500 for revenue in customer["revenues"]),
    "some": lambda customer: customer["ref"] == "oracle 1",
}

index = st.integers(0, 4)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "sequence": st.integers(1, 3),
            "stage": index,
            "starts": st.sets(index, max_size=2),
            "back": st.booleans(),
            "at_once": st.booleans(),
            "company": st.sampled_from([None, None, 0, 1]),
            "filter": st.sampled_from(sorted(FILTERS)),
            "active": st.sampled_from([True, True, True, False]),
        }
    ),
    min_size=1,
    max_size=6,
)
STAGES = st.permutations(range(5))
STARTS = st.lists(st.none() | index, min_size=6, max_size=6)
HOLDS = st.lists(st.sampled_from([None, -1, 0, 1]), min_size=6, max_size=6)
STEPS = st.lists(
    st.tuples(st.just("night"), st.just(0), st.just(0))
    | st.tuples(st.just("order"), st.integers(0, 5), st.just(0))
    | st.tuples(st.just("hand"), st.integers(0, 5), st.none() | index),
    min_size=1,
    max_size=5,
)
# two rules of which the second would undo the first in the same night
PING_PONG = [
    {
        "sequence": number,
        "stage": number,
        "starts": set(),
        "back": True,
        "at_once": True,
        "company": None,
        "filter": "ordered",
        "active": True,
    }
    for number in (1, 2)
]


class TestLifecycleOracle(LifecycleCase):
    """Rules, holds, orders and hands in any order, against the same in obvious Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule.search([]).active = False
        cls.companies = cls.env.company + cls.env["res.company"].create({"name": "Berlin"})
        cls.customers = cls.env["res.partner"].browse()
        for number in range(6):
            customer = cls._customer(f"Customer {number}", ref=f"oracle {number % 3}")
            contact = cls._customer("Contact", is_company=False, parent_id=customer.id)
            cls.customers += customer
            for days in range(number % 3):
                cls._order(contact if days else customer, days=40 * days)
            if number % 2:
                cls.env["crm.lead"].create(
                    [{"name": "Lead", "partner_id": each.id} for each in (contact, customer)]
                )
            if number > 3:
                cls._metric(customer, revenue=number * 110, order_count=1)
            contact.active = number != 2
        # days of orders are told apart by the zone of the company: noon is the same day in both
        for order in cls.env["sale.order"].search([("partner_id", "child_of", cls.customers.ids)]):
            order.date_order = order.date_order.replace(hour=12)
        cls.customers[3].company_id = cls.companies[0]
        cls.customers[4].active = False
        cls.drafts = [cls._order(customer, confirm=False) for customer in cls.customers]
        cls.stages = cls.env["crm.lifecycle.stage"].create(
            [{"name": f"Stage {number}"} for number in range(5)]
        )

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        # an example takes a second, so a failing one is told as it is
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @example(
        order=range(5),
        archived=None,
        rules=PING_PONG,
        starts=[0, 0, 1, 2, 1, 3],
        holds=[None, 1, None, None, None, 0],
        steps=[("night", 0, 0), ("order", 0, 0), ("night", 0, 0)],
    )
    @given(
        order=STAGES,
        archived=st.none() | index,
        rules=RULES,
        starts=STARTS,
        holds=HOLDS,
        steps=STEPS,
    )
    def test_stages_are_those_of_the_oracle(self, order, archived, rules, starts, holds, steps):
        # what an example does is undone at its end, also in the cache
        try:
            with self.env.cr.savepoint() as savepoint:
                self._play(order, archived, rules, starts, holds, steps)
                savepoint.rollback()
        finally:
            self.env.invalidate_all(flush=False)

    def _play(self, order, archived, rules, starts, holds, steps):
        for place, number in enumerate(order):
            self.stages[number].sequence = place // 2  # some are told apart by their id
        today = fields.Date.today()
        for customer, start, hold in zip(self.customers, starts, holds, strict=True):
            customer.lifecycle_stage_id = start is not None and self.stages[start]
            customer.lifecycle_hold_until = hold is not None and today + timedelta(days=hold)
        made = [self._make_rule(rule) for rule in rules]
        if archived is not None:
            self.stages[archived].active = False
        oracle = Oracle(
            {
                stage.id: {"place": (stage.sequence, stage.id), "active": stage.active}
                for stage in self.stages
            },
            [rule for rule in made if rule["active"]],
            {customer.id: self._describe(customer) for customer in self.customers},
            today,
        )
        last_move = self.Move.search([], order="id desc", limit=1).id or 0
        for what, number, stage in steps:
            self._step(oracle, what, number, stage)
        self.env.flush_all()
        self.env.invalidate_all()
        for customer in self.customers:
            expected = oracle.customers[customer.id]
            self.assertEqual(customer.lifecycle_stage_id.id or None, expected["stage"], expected)
            self.assertEqual(customer.lifecycle_hold_until or None, expected["hold"], expected)
        moves = self.Move.search([("id", ">", last_move)], order="id")
        told = [
            (
                move.partner_id.id,
                move.from_stage_id.id or None,
                move.to_stage_id.id or None,
                move.kind,
                move.rule_id.id or None,
            )
            for move in moves
        ]
        # in which order customers are moved by one rule does not matter
        self.assertEqual(sorted(map(str, told)), sorted(map(str, oracle.moves)))
        for move in moves:
            self._check_evidence(move)

    def _make_rule(self, rule):
        company = self.companies[rule["company"]] if rule["company"] is not None else None
        made = self.Rule.create(
            {
                "name": "Oracle",
                "sequence": rule["sequence"],
                "stage_id": self.stages[rule["stage"]].id,
                "from_stage_ids": [(6, 0, [self.stages[start].id for start in rule["starts"]])],
                "may_move_back": rule["back"],
                "is_immediate": rule["at_once"],
                "company_id": company and company.id,
                "domain": FILTERS[rule["filter"]],
                "evidence": EVIDENCE.get(rule["filter"], "none"),
                "active": rule["active"],
            }
        )
        return {
            **rule,
            "id": made.id,
            "place": (made.sequence, made.id),
            "stage": made.stage_id.id,
            "starts": {self.stages[start].id for start in rule["starts"]},
            "company": company and company.id,
            "fits": FITS[rule["filter"]],
        }

    def _documents(self, model, customer):
        everybody = self.env["res.partner"].with_context(active_test=False)
        contacts = everybody.search([]).filtered(
            lambda contact: contact.commercial_partner_id == customer
        )
        records = self.env[model].search([])
        return [record for record in records if record.partner_id in contacts]

    def _describe(self, customer):
        self.env.cr.execute(
            "SELECT revenue FROM crm_customer_metric WHERE partner_id = %s", [customer.id]
        )
        return {
            "stage": customer.lifecycle_stage_id.id or None,
            "hold": customer.lifecycle_hold_until or None,
            "company": customer.company_id.id or None,
            "active": customer.active,
            "ref": customer.ref,
            "orders": self._documents("sale.order", customer),
            "leads": self._documents("crm.lead", customer),
            "revenues": [revenue for (revenue,) in self.env.cr.fetchall()],
        }

    def _step(self, oracle, what, number, stage):
        customer = self.customers[number]
        if what == "night":
            self._run()
            oracle.night()
        elif what == "hand":
            target = stage is not None and self.stages[stage]
            customer.lifecycle_stage_id = target
            oracle.by_hand(customer.id, target and target.id or None, HOLD_DAYS)
        elif self.drafts[number].state != "sale":
            self.drafts[number].action_confirm()
            self.drafts[number].date_order = datetime.now().replace(hour=12)
            oracle.event(customer.id)

    def _check_evidence(self, move):
        if move.kind != "rule":
            self.assertFalse(move.sudo().res_id)
            return
        self.assertEqual(move.evidence, "Oracle")
        customer, document = move.partner_id, move._get_document()
        kind = move.rule_id.evidence
        if kind == "lead":
            leads = [lead.id for lead in self._documents("crm.lead", customer)]
            self.assertEqual(document.id, max(leads))
        elif kind == "none":
            self.assertIsNone(document)
        else:
            orders = [o for o in self._documents("sale.order", customer) if o.state == "sale"]
            # what was ordered after the move is no evidence of it
            orders = [o for o in orders if o.create_date <= move.create_date]
            self.assertIn(document, orders)
            if kind == "first_order":
                self.assertEqual(document, min(orders, key=lambda o: (o.date_order, o.id)))
