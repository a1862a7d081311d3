from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import Form
from odoo.tools import SQL

from ..common import MarketingCommon


class AbTestCommon(MarketingCommon):
    """A segment of 400 people, and a test of two variants with 25 % each and 10 % held out."""

    SIZE = 400

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ab_tag = cls.env["res.partner.category"].create({"name": "Test A/B"})
        cls.people = cls.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "email": f"person{number}@ab.example.com",
                    "category_id": [Command.link(cls.ab_tag.id)],
                }
                for number in range(cls.SIZE)
            ]
        )
        cls.ab_segment = cls._create_segment(
            cls.marketer, name="Test A/B", domain=repr([("category_id", "in", cls.ab_tag.ids)])
        )
        cls.ab_segment._evaluate()
        # as the database itself does in a while: it would plan for a handful of people
        cls.env.flush_all()
        cls.env.cr.execute("ANALYZE res_partner, crm_segment_member")

    @classmethod
    def _create_mailing(cls, user=None, **values):
        return super()._create_mailing(user, **{"delivery_engine": "suite", **values})

    @classmethod
    def _make_test(cls, *percentages, holdout=10.0, subject="Offer", **values):
        """Set a test up as people do: one mailing, its alternatives, then the hold-out group.

        :return: (campaign, variants), of the marketer
        """
        first = cls._create_mailing(
            subject=f"{subject} A",
            segment_id=cls.ab_segment.id,
            ab_testing_enabled=True,
            ab_testing_pc=percentages[0],
            **values,
        )
        variants = first
        for letter, percentage in zip("BCDEF", percentages[1:], strict=False):
            variants |= first.copy({"subject": f"{subject} {letter}", "ab_testing_pc": percentage})
        campaign = first.campaign_id
        with Form(campaign, "crm_suite_marketing.utm_campaign_view_form_ab_test") as form:
            form.ab_holdout_pc = holdout
        return campaign, variants

    def _launch(self, mailings):
        """Launch, and let the job fix the recipients."""
        mailings.action_launch()
        self._fix_recipients(mailings)

    def _fix_recipients(self, mailings):
        # sudo: the job has the rights of the system
        for mailing in mailings.sudo():
            mailing._action_send_mail()

    def _deliver(self, mailings):
        """What the workers do in the end."""
        self.env.cr.execute(
            SQL(
                """UPDATE crm_outbox SET state = 'sent', sent_at = %s
                    WHERE mailing_id = ANY(%s) AND state = 'planned'""",
                fields.Datetime.now(),
                mailings.ids,
            )
        )
        self.env["crm.outbox"].invalidate_model()
        mailings.sudo()._close_delivered()

    def _run_test(self, *percentages, **values):
        campaign, variants = self._make_test(*percentages, **values)
        self._launch(variants)
        self._deliver(variants)
        return campaign, variants

    def _get_people(self, mailing, reason=None):
        """Return to whom a mailing goes, or who was left out for this reason."""
        domain = [("mailing_id", "=", mailing.id), ("reason", "=", reason or False)]
        return set(self.env["crm.outbox"].search(domain).mapped("res_id"))

    def _react(self, mailing, number, kind="open", actor="human"):
        """So many of those who got it do this."""
        rows = self.env["crm.outbox"].search(
            [("mailing_id", "=", mailing.id), ("state", "=", "sent")], limit=number, order="id"
        )
        self.assertEqual(len(rows), number)
        self.env["crm.engagement"].create(
            [
                {
                    "event_key": f"test:{row.id}:{kind}:{actor}",
                    "ts": fields.Datetime.now(),
                    "kind": kind,
                    "actor": actor,
                    "outbox_id": row.id,
                    "mailing_id": mailing.id,
                    "campaign_id": row.campaign_id.id,
                    "identity_key": row.identity_key,
                }
                for row in rows
            ]
        )

    def _make_due(self, campaign, days=0):
        campaign.sudo().write(
            {"ab_testing_schedule_datetime": fields.Datetime.now() - timedelta(days=days, hours=1)}
        )

    def _run_cron(self):
        # tests cannot commit
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 1):
            self.env["utm.campaign"]._cron_decide_ab_tests()

    def _get_final(self, campaign):
        return campaign.ab_mailing_ids.filtered("ab_is_final")

    def _create_orders(self, partners, amount, mailing=None):
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "source_id": mailing.source_id.id if mailing else False,
                    "order_line": [
                        Command.create(
                            {
                                "name": "Coffee",
                                "product_id": self._get_product().id,
                                "product_uom_qty": 1,
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
                for partner in partners
            ]
        )
        orders.action_confirm()
        return orders

    def _get_product(self):
        if not hasattr(self, "product"):
            self.product = self.env["product.product"].create(
                {"name": "Coffee", "type": "service", "invoice_policy": "order"}
            )
        return self.product
