from odoo import fields, models
from odoo.tools import SQL


class CrmFirstContactReport(models.Model):
    """One row for each promise of a first contact, with what became of it until now."""

    _name = "crm.first.contact.report"
    _description = "First Contact Analysis"
    _auto = False
    _order = "deadline desc, id desc"
    _rec_name = "lead_id"
    _depends = {
        "crm.lead": [
            "active",
            "campaign_id",
            "company_id",
            "create_date",
            "first_contact_at",
            "first_contact_deadline",
            "first_contact_hours",
            "first_contact_risk_at",
            "first_contact_stopped_at",
            "first_contact_target",
            "medium_id",
            "source_id",
            "team_id",
            "type",
            "user_id",
        ],
    }

    lead_id = fields.Many2one("crm.lead", "Lead or Opportunity", readonly=True)
    date = fields.Datetime("Arrival", readonly=True)
    deadline = fields.Datetime("First Contact by", readonly=True)
    contact_at = fields.Datetime("First Contact on", readonly=True)
    type = fields.Selection([("lead", "Lead"), ("opportunity", "Opportunity")], readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("due_soon", "Due Soon"),
            ("late", "Late"),
            ("kept", "In Time"),
            ("missed", "Missed"),
            ("closed", "Closed before"),
        ],
        readonly=True,
    )
    kept_rate = fields.Float(
        "Promises Kept (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the promises that are decided: contacted, or late. Those that still wait in time, "
        "and leads that were closed before their time, are left out.",
    )
    hours = fields.Float("Working Hours to Contact", readonly=True, aggregator="avg")
    target = fields.Float("Promised Hours", readonly=True, aggregator="avg")
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT promise.*,
                   CASE WHEN promise.state = 'kept' THEN 100.0
                        WHEN promise.state IN ('late', 'missed') THEN 0.0
                   END AS kept_rate
              FROM (
                SELECT lead.id,
                       lead.id AS lead_id,
                       lead.create_date AS date,
                       lead.first_contact_deadline AS deadline,
                       lead.first_contact_at AS contact_at,
                       lead.type,
                       CASE
                           WHEN lead.first_contact_at <= lead.first_contact_deadline THEN 'kept'
                           WHEN lead.first_contact_at IS NOT NULL THEN 'missed'
                           WHEN lead.first_contact_deadline < lead.first_contact_stopped_at
                               THEN 'missed'
                           WHEN lead.first_contact_stopped_at IS NOT NULL THEN 'closed'
                           WHEN lead.first_contact_deadline < %(now)s THEN 'late'
                           WHEN lead.first_contact_risk_at <= %(now)s THEN 'due_soon'
                           ELSE 'waiting'
                       END AS state,
                       CASE WHEN lead.first_contact_at IS NOT NULL
                            THEN lead.first_contact_hours
                       END AS hours,
                       lead.first_contact_target AS target,
                       lead.team_id,
                       lead.user_id,
                       lead.company_id,
                       lead.source_id,
                       lead.medium_id,
                       lead.campaign_id
                  FROM crm_lead lead
                 WHERE lead.first_contact_deadline IS NOT NULL) promise
            """,
            now=self.env.cr.now(),
        )

    def action_open_lead(self):
        self.ensure_one()
        self.check_access("read")
        return self.lead_id.get_formview_action()
