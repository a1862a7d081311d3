from datetime import datetime, timedelta

from odoo import Command

from ..engagement.common import EngagementCommon


class ScoringCommon(EngagementCommon):
    """No rules but those of a test, nobody scored; a mailing that went to Amal and Emre."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["crm.contact.score.rule"]
        cls.Score = cls.env["crm.contact.score"]
        cls.Hit = cls.env["crm.contact.score.hit"]
        cls.engine = cls.env["crm.contact.score.engine"]
        cls.queue = cls.env["crm.contact.score.queue"]
        cls.Rule.search([]).active = False
        cls.env["crm.contact.score.threshold"].search([]).active = False
        cls.env["sale.order"].search([]).filtered(
            lambda order: order.partner_id in cls.reachable
        ).unlink()
        cls.everybody = cls.reachable + cls.assistant + cls.celine + cls.dalia + cls.faris
        cls.product = cls.env["product.product"].create({"name": "Lamp", "list_price": 100})
        cls.number = 0

    @classmethod
    def _make_rule(cls, event="click", points=10, user=None, **values):
        rules = cls.Rule.with_user(user) if user else cls.Rule
        values = {
            "name": f"Rule on {event}",
            "kind": "engagement",
            "event": event,
            "points": points,
            "half_life": 0,
            **values,
        }
        return rules.create(values)

    @classmethod
    def _make_fit(cls, domain, points=10, user=None, **values):
        return cls._make_rule(
            False, points, user, kind="fit", name="Fit", domain=repr(domain), **values
        )

    @classmethod
    def _did(cls, partner, kind="click", days=0, actor="human", **values):
        """Somebody did something some days ago, at noon."""
        cls.number += 1
        at = datetime.combine(cls.now.date() - timedelta(days=days), datetime.min.time())
        values = {
            "event_key": f"test:{cls.number}",
            "kind": kind,
            "ts": at,
            "partner_id": partner.id,
            "actor": actor,
            "company_id": cls.env.company.id,
            "mailing_id": cls.mailing.id,
            **values,
        }
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        # the ledger takes what it is told: as programs of other rooms add their kinds
        query = f"INSERT INTO crm_engagement ({names}) VALUES ({places}) RETURNING id"
        cls.env.cr.execute(query, list(values.values()))
        event = cls.events.browse(cls.env.cr.fetchone()[0])
        cls.queue._add_ids(partner.ids)
        return event

    @classmethod
    def _order(cls, partner, days=0, state="sale", **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": cls.product.id})],
                **values,
            }
        )
        if state == "sale":
            order.action_confirm()
            order.date_order = cls.now - timedelta(days=days)
        else:
            order.state = state
        cls.env.flush_all()
        return order

    def _refresh(self, partners=None, **values):
        self.engine._refresh(None if partners is None else partners.ids, **values)

    def _total(self, partner):
        return self.Score.search([("partner_id", "=", partner.id)]).total

    def _entry(self, partner, rule=None):
        domain = [("partner_id", "=", partner.id)]
        if rule:
            domain.append(("rule_id", "=", rule.id))
        return self.env["crm.contact.score.entry"].search(domain)

    def _run_cron(self, name="ir_cron_contact_score"):
        self.env.flush_all()
        # progress is committed: within a test nothing is
        with self.enter_registry_test_mode():
            self.env.ref(f"crm_suite_marketing.{name}").sudo().method_direct_trigger()
        self.env.invalidate_all()
