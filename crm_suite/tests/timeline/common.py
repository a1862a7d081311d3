from odoo import fields
from odoo.fields import Command

from ..customer.common import CustomerCase


class TimelineCase(CustomerCase):
    def _write_mail(self, record, subject="Mail", **values):
        """A message that the customer got, or wrote."""
        values = {
            "body": f"{subject}!",
            "subject": subject,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            **values,
        }
        return record.message_post(**values)

    def _page(self, user=None, record=None, **options):
        """A page of the history of a record (Haddad) as a user (alia) gets it."""
        record = self.haddad if record is None else record
        timeline = self.env["crm.timeline"].with_user(user or self.alia)
        return timeline.get_page(record._name, record.id, **options)

    def _rows(self, user=None, record=None, **options):
        return self._page(user, record, **options)["rows"]

    def _get_sources(self, user=None, record=None):
        """The keys of the filters that a user (alia) has for a record (Haddad)."""
        record = self.haddad if record is None else record
        timeline = self.env["crm.timeline"].with_user(user or self.alia)
        return {source["key"] for source in timeline.get_sources(record._name, record.id)}

    def _read_all(self, user=None, record=None, **options):
        rows, cursor, pages = [], None, 0
        while True:
            page = self._page(user, record, cursor=cursor, **options)
            rows += page["rows"]
            cursor = page["cursor"]
            pages += 1
            if not cursor:
                return rows
            self.assertLess(pages, 200, "a timeline that never ends")

    def _order(self, user=None, partner=None, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.layla).id,
                "user_id": (user or self.omar).id,
                "order_line": [Command.create({"product_id": self.desk.id})],
                **values,
            }
        )

    def _invoice(self, user=None, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.layla.id,
                "invoice_user_id": (user or self.omar).id,
                "invoice_date": "2024-05-01",
                "invoice_line_ids": [Command.create({"product_id": self.desk.id})],
                **values,
            }
        )
        move.action_post()
        return move

    def _pay(self, *invoices, **values):
        """A payment of invoices by the wizard of core."""
        moves = self.env["account.move"].union(*invoices)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({"payment_date": "2024-05-20", "group_payment": True, **values})
        )
        return wizard._create_payments()

    def _titles(self, rows, source=None):
        return [row["title"] for row in rows if source in (None, row["source"])]

    def _entry(self, message):
        """The row of a message in the index of messages."""
        self.env.flush_all()
        return self.env["crm.timeline.message"].search([("message_id", "=", message.id)])

    @staticmethod
    def _day(text):
        return fields.Datetime.to_datetime(text)
