from odoo import api, fields, models
from odoo.tools import SQL

from .crm_outbox import STATES
from .reasons import REASONS

REASON_CODES = [code for code, _label in REASONS]
STATE_CODES = [code for code, _label in STATES]
# The number of a row names what it counts, so that it stays the same while the rows change
COMPANIES, KINDS = 100_000, 1000


class CrmOutboxSummary(models.Model):
    """How many deliveries of a mailing are where, and why: they add up to whom it targeted."""

    _name = "crm.outbox.summary"
    _description = "Numbers of Deliveries"
    _auto = False
    _order = "id"
    _rec_name = "state"

    mailing_id = fields.Many2one("mailing.mailing", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(STATES, "Status", readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    count = fields.Integer("Recipients", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT (mailing_id::bigint * %(companies)s + COALESCE(company_id, 0)) * %(kinds)s
                   + array_position(%(states)s, state::text) * 100
                   + COALESCE(array_position(%(reasons)s, reason::text), 0) AS id,
                   mailing_id, company_id, state,
                   CASE WHEN reason = ANY(%(reasons)s) THEN reason END AS reason,
                   count(*) AS count
              FROM crm_outbox
             WHERE mailing_id IS NOT NULL
          GROUP BY mailing_id, company_id, state,
                   COALESCE(array_position(%(reasons)s, reason::text), 0),
                   CASE WHEN reason = ANY(%(reasons)s) THEN reason END
            """,
            companies=COMPANIES,
            kinds=KINDS,
            states=STATE_CODES,
            reasons=REASON_CODES,
        )

    @api.depends("state", "reason")
    def _compute_display_name(self):
        for row in self:
            labels = row._fields["state"]._description_selection(row.env)
            row.display_name = dict(labels).get(row.state)

    def action_view_rows(self):
        """Open the deliveries that are counted here, also when the number has changed since."""
        self.ensure_one()
        rest, kind = divmod(self.id, KINDS)
        mailing_id, company_id = divmod(rest, COMPANIES)
        state, reason = divmod(kind, 100)
        domain = [
            ("state", "=", STATE_CODES[state - 1]),
            ("company_id", "=", company_id or False),
        ]
        if reason:
            domain.append(("reason", "=", REASON_CODES[reason - 1]))
        else:
            domain.append(("reason", "not in", REASON_CODES))
        return self.env["mailing.mailing"].browse(mailing_id)._view_deliveries(domain)
