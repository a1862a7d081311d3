from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

DAYS_KEPT = 400


class CrmTicketFormEntry(models.Model):
    """One time that a form was sent. The key of its page makes sending twice harmless."""

    _name = "crm.ticket.form.entry"
    _description = "Sent Form"
    _order = "date desc, id desc"
    _rec_name = "form_id"

    form_id = fields.Many2one(
        "crm.ticket.form", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True)
    date = fields.Datetime(readonly=True, required=True)
    state = fields.Selection(
        [("sent", "Sent"), ("robot", "Robot")], required=True, readonly=True, default="sent"
    )
    language = fields.Char(readonly=True)
    ticket_id = fields.Many2one(
        "crm.ticket", readonly=True, index="btree_not_null", ondelete="set null"
    )
    number = fields.Char("Ticket Number", readonly=True)
    key = fields.Char(required=True, readonly=True, groups="base.group_system")
    address_hash = fields.Char(readonly=True, groups="base.group_system")
    visitor = fields.Char(readonly=True, groups="base.group_system")

    _key_unique = models.UniqueIndex("(key)")
    _form_date_idx = models.Index("(form_id, date, address_hash)")
    _visitor_idx = models.Index("(visitor, date) WHERE visitor IS NOT NULL")

    @api.model
    def _claim(self, form, key, **values):
        """Write down that a page was sent, if it was not yet.

        Of two that are sent at the same moment, the second one waits here, and then fails in a
        way that has Odoo try it again: it then finds that it was sent.

        :param values: `state`, `language`, `address_hash`, `visitor`
        :return: the entry; empty when the page was sent before
        """
        now = self.env["crm.ticket"]._now()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_ticket_form_entry
                       (form_id, company_id, date, key, state, language, address_hash, visitor,
                        create_uid, create_date, write_uid, write_date)
                VALUES (%(form)s, %(company)s, %(now)s, %(key)s, %(state)s, %(language)s,
                        %(address)s, %(visitor)s, %(uid)s, %(now)s, %(uid)s, %(now)s)
           ON CONFLICT (key) DO NOTHING
             RETURNING id
                """,
                form=form.id,
                company=form.company_id.id,
                now=now,
                key=key,
                state=values["state"],
                language=values["language"],
                address=values["address_hash"],
                visitor=values["visitor"],
                uid=self.env.uid,
            )
        )
        return self.browse([entry_id for [entry_id] in rows])

    @api.model
    def _find_sent(self, form, key):
        return self.search([("form_id", "=", form.id), ("key", "=", key)], limit=1)

    @api.autovacuum
    def _gc_entries(self):
        limit = self.env["crm.ticket"]._now() - timedelta(days=DAYS_KEPT)
        entries = self.search([("date", "<", limit)], limit=GC_UNLINK_LIMIT)
        entries.unlink()
        return len(entries), len(entries) == GC_UNLINK_LIMIT
