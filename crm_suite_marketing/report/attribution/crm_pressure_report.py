from odoo import fields, models
from odoo.tools import SQL

# longest of the three spans
DAYS = 90


class CrmPressureReport(models.Model):
    """How many messages contacts got lately: mailings, text messages and mails of occasions.

    One row for each contact that the reader may read and that got one in the last 90 days. What
    went to the address of the contact counts whatever it was sent to: another contact with this
    address, a lead, a subscriber of a mailing list.
    """

    _name = "crm.pressure.report"
    _description = "Pressure per Contact"
    _auto = False
    _order = "week_count desc, month_count desc, quarter_count desc, id"
    _rec_name = "partner_id"
    _depends = {
        "crm.occasion": ["partner_id", "state", "write_date"],
        "mailing.trace": [
            "email",
            "is_test_trace",
            "links_click_datetime",
            "model",
            "open_datetime",
            "res_id",
            "sent_datetime",
            "sms_number",
        ],
        "res.partner": ["email_normalized", "phone_sanitized"],
    }

    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    week_count = fields.Integer("Last 7 Days", readonly=True)
    month_count = fields.Integer("Last 30 Days", readonly=True)
    quarter_count = fields.Integer("Last 90 Days", readonly=True)
    opened_count = fields.Integer("Opened", readonly=True, help="Of those of the last 90 days.")
    clicked_count = fields.Integer("Clicked", readonly=True, help="Of those of the last 90 days.")
    last_date = fields.Datetime("Last Message", readonly=True)

    def action_open_contact(self):
        """Open the contact of this row."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    @property
    def _table_query(self):
        readable = self.env["res.partner"]._search([])
        return SQL(
            """
            WITH trace AS (
                SELECT id, model, res_id, email, sms_number, sent_datetime AS date,
                       open_datetime AS opened, links_click_datetime AS clicked
                  FROM mailing_trace
                 WHERE is_test_trace IS NOT TRUE
                   AND sent_datetime >= %(now)s - make_interval(days => %(days)s)
            )
            SELECT message.partner_id AS id,
                   message.partner_id,
                   (COUNT(*) FILTER (WHERE message.date >= %(now)s - interval '7 days'))::int
                       AS week_count,
                   (COUNT(*) FILTER (WHERE message.date >= %(now)s - interval '30 days'))::int
                       AS month_count,
                   COUNT(*)::int AS quarter_count,
                   COUNT(message.opened)::int AS opened_count,
                   COUNT(message.clicked)::int AS clicked_count,
                   MAX(message.date) AS last_date
              FROM (SELECT res_id AS partner_id, id, date, opened, clicked
                      FROM trace
                     WHERE model = 'res.partner'
                     UNION
                    SELECT partner.id, trace.id, date, opened, clicked
                      FROM trace
                      JOIN res_partner partner ON partner.email_normalized = trace.email
                     UNION
                    SELECT partner.id, trace.id, date, opened, clicked
                      FROM trace
                      JOIN res_partner partner ON partner.phone_sanitized = trace.sms_number
                 UNION ALL
                    SELECT partner_id, NULL, write_date, NULL, NULL
                      FROM crm_occasion
                     WHERE state = 'sent'
                       AND write_date >= %(now)s - make_interval(days => %(days)s)) message
             WHERE message.partner_id IN %(readable)s
          GROUP BY message.partner_id
            """,
            now=fields.Datetime.now(),
            days=DAYS,
            readable=readable.subselect(),
        )
