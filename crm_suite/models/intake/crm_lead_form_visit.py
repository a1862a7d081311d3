from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.constants import GC_UNLINK_LIMIT

DAYS_KEPT = 400


class CrmLeadFormVisit(models.Model):
    """One visitor's encounter with a form: seen, begun, sent.

    The key comes from the signed token of the page. It makes sending twice harmless, and holds
    together what one visitor did without knowing who he is.
    """

    _name = "crm.lead.form.visit"
    _description = "Lead Form Visit"
    _order = "date desc, id desc"
    _rec_name = "form_id"

    form_id = fields.Many2one(
        "crm.lead.form", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True, index="btree_not_null")
    key = fields.Char(required=True, readonly=True, groups="base.group_system")
    address_hash = fields.Char(readonly=True, groups="base.group_system")
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("seen", "Seen"), ("begun", "Begun"), ("sent", "Sent"), ("robot", "Robot")],
        required=True,
        readonly=True,
        default="seen",
    )
    last_field = fields.Selection(
        "_get_last_fields", readonly=True, help="The field that was touched last."
    )
    error_count = fields.Integer(
        string="Refusals",
        readonly=True,
        help="How many times it was sent back because something was missing or wrong.",
    )
    language = fields.Char(readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _key_unique = models.UniqueIndex("(key)")
    _address_idx = models.Index("(form_id, address_hash, date)")
    _date_idx = models.Index("(form_id, date, state)")

    @api.model
    def _get_last_fields(self):
        names = self.env["crm.lead.form.field"]._fields["name"]
        # sudo: whoever reads the statistics need not be a configurator
        custom = self.env["crm.custom.field"].sudo()
        custom = custom.search([("model_name", "=", "crm.lead"), ("technical_name", "!=", False)])
        return [
            *names._description_selection(self.env),
            *((field.technical_name, field.name) for field in custom),
        ]

    @api.model
    def _record(self, form, key, address_hash, **values):
        """Write down what a visitor did; the first time with a new row.

        Nothing goes backwards: who has sent a form has not merely seen it. Counting must not hold
        up a visitor, so a row that somebody else writes at this moment is left alone.

        :param values: `state`, `last_field`, `language`, `refused` (bool)
        :return: id of the visit
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_lead_form_visit AS visit
                       (form_id, company_id, key, address_hash, date, state, last_field,
                        language, error_count, create_uid, create_date, write_uid, write_date)
                VALUES (%(form)s, %(company)s, %(key)s, %(address)s, %(now)s, %(state)s, %(field)s,
                        %(language)s, %(refused)s, %(uid)s, %(now)s, %(uid)s, %(now)s)
           ON CONFLICT (key) DO UPDATE
                   SET state = CASE WHEN visit.state IN ('sent', 'robot') THEN visit.state
                                    WHEN visit.state = 'begun' AND excluded.state = 'seen'
                                    THEN 'begun' ELSE excluded.state END,
                       last_field = COALESCE(excluded.last_field, visit.last_field),
                       error_count = visit.error_count + excluded.error_count,
                       write_date = excluded.write_date
             RETURNING id
                """,
                form=form.id,
                company=form.company_id.id or None,
                key=key,
                address=address_hash,
                now=fields.Datetime.now(),
                state=values.get("state") or "seen",
                field=values.get("last_field") or None,
                language=values.get("language"),
                refused=int(bool(values.get("refused"))),
                uid=self.env.uid,
            )
        )
        return rows[0][0]

    @api.model
    def _is_sent(self, key):
        return bool(
            self.search_count([("key", "=", key), ("state", "in", ["sent", "robot"])], limit=1)
        )

    @api.model
    def _count_recent(self, form, address_hash):
        """Return how many visits an address has made known in the last hour."""
        since = fields.Datetime.now() - timedelta(hours=1)
        return self.search_count(
            [
                ("form_id", "=", form.id),
                ("address_hash", "=", address_hash),
                ("date", ">", since),
            ],
            limit=1000,
        )

    @api.autovacuum
    def _gc_visits(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        visits = self.search([("date", "<", limit)], limit=GC_UNLINK_LIMIT)
        visits.unlink()
        return len(visits), len(visits) == GC_UNLINK_LIMIT
