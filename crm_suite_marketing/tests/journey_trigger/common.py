from datetime import timedelta

from odoo import Command, fields

from ..engagement.common import EngagementCommon
from ..journey.common import JourneyCommon


class TriggerCommon(JourneyCommon, EngagementCommon):
    """Journeys of one start and a long wait, and what people do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what waits in the database of the test is not ours
        cls.env["crm.journey"].search([("state", "=", "running")]).sudo().write(
            {"state": "stopped"}
        )
        cls.env["crm.journey.event"].search([("looks_left", ">", 0)]).write({"looks_left": 0})
        # nobody waits for a test before he follows a link
        cls.env.company.bot_click_seconds = 0
        cls.marketer.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.marketer.group_ids += cls.env.ref("account.group_account_invoice")
        cls.product = cls.env["product.product"].create(
            {"name": "Tea", "list_price": 100.0, "taxes_id": False}
        )

    @classmethod
    def _start(cls, trigger, model="res.partner", launched_at=None, **settings):
        """Return a journey that runs, whose start is set so."""
        rules = {name: settings.pop(name) for name in list(settings) if name in RULES}
        journey = cls._make_journey(
            {
                "start": {"trigger": trigger, **settings},
                "wait": {"kind": "wait", "amount": 90, "unit": "days"},
            },
            ["start > wait"],
            model_id=cls.env["ir.model"]._get_id(model),
            **rules,
        )
        return cls._launch(journey, launched_at)

    @classmethod
    def _launch(cls, journey, launched_at=None):
        version = journey.draft_version_id.sudo()
        moment = launched_at or fields.Datetime.now() - timedelta(minutes=1)
        cls._go_live(journey)
        # as long ago as the test wants it
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_journey_version SET launched_at = %s WHERE id = %s", [moment, version.id]
        )
        cls.env.invalidate_all()
        return journey

    def _process(self):
        self.env.flush_all()
        self.env["crm.journey"]._process()
        self.env.invalidate_all()

    def _participants(self, journey):
        return self.env["crm.journey.participant"].search(
            [("journey_id", "=", journey.id)], order="id"
        )

    def _who(self, journey):
        """:return: the records that have come in, each as often as it did"""
        self._process()
        found = self._participants(journey)
        return self.env[journey.sudo().model_name].browse(sorted(found.mapped("res_id")))

    def _check_who(self, journey, expected):
        self.assertEqual(self._who(journey).ids, sorted(expected.ids))

    def _order(self, partner, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "product_uom_qty": 2})
                ],
                **values,
            }
        )

    def _invoice(self, partner, **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": 100.0, "tax_ids": False}
                    )
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({}).action_create_payments()

    def _tell(self, kind, partner, key, ts=None, **evidence):
        """A page was visited or a form posted, as the script of the site tells it."""
        return self.env["crm.engagement"]._record(
            [
                {
                    "event_key": f"test:{kind}:{key}",
                    "kind": kind,
                    "ts": ts or fields.Datetime.now(),
                    "partner_id": partner.id,
                    "actor": "human",
                    "evidence": evidence,
                }
            ]
        )


RULES = {
    "reentry",
    "reentry_amount",
    "reentry_unit",
    "exit_on_goal",
    "exit_on_leave",
    "exit_on_unsubscribe",
    "purpose_id",
    "exit_domain",
}
