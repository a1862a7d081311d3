from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from .coming import DEPENDS, select_coming

# longest of the three spans
DAYS = 90
# how far ahead one looks
COMING_DAYS = 7
REPORT = """
    WITH message AS (
        SELECT 't' || id AS ref, CASE WHEN model = 'res.partner' THEN res_id END AS partner_id,
               email AS address, sms_number AS number, sent_datetime AS date,
               open_datetime AS opened, links_click_datetime AS clicked
          FROM mailing_trace
         WHERE is_test_trace IS NOT TRUE
           AND sent_datetime >= %(now)s - make_interval(days => %(days)s)
         UNION ALL
        SELECT ref, partner_id, address, number, NULL, NULL, NULL FROM (%(coming)s) coming
    )
    SELECT message.partner_id AS id,
           message.partner_id,
           (COUNT(*) FILTER (WHERE message.date IS NULL))::int AS coming_count,
           (COUNT(*) FILTER (WHERE message.date >= %(now)s - interval '7 days'))::int
               AS week_count,
           (COUNT(*) FILTER (WHERE message.date >= %(now)s - interval '30 days'))::int
               AS month_count,
           COUNT(message.date)::int AS quarter_count,
           COUNT(message.opened)::int AS opened_count,
           COUNT(message.clicked)::int AS clicked_count,
           MAX(message.date) AS last_date
      FROM (SELECT partner_id, ref, date, opened, clicked
              FROM message
             WHERE partner_id IS NOT NULL
             UNION
            SELECT partner.id, message.ref, message.date, message.opened, message.clicked
              FROM message
              JOIN res_partner partner ON partner.email_normalized = message.address
             UNION
            SELECT partner.id, message.ref, message.date, message.opened, message.clicked
              FROM message
              JOIN res_partner partner ON partner.phone_sanitized = message.number
         UNION ALL
            SELECT partner_id, 'o' || id, write_date, NULL, NULL
              FROM crm_occasion
             WHERE state = 'sent'
               AND write_date >= %(now)s - make_interval(days => %(days)s)) message
     WHERE message.partner_id IN %(readable)s
  GROUP BY message.partner_id
"""


class CrmPressureReport(models.Model):
    """How many messages contacts got lately, and are about to get (`coming.py`): mailings, text
    messages and mails of occasions.

    One row for each contact that the reader may read and that got one in the last 90 days, or is to
    get one in the next seven. What goes to the address of the contact counts whatever it is sent
    to: another contact with this address, a lead, a subscriber of a mailing list.
    """

    _name = "crm.pressure.report"
    _description = "Pressure per Contact"
    _auto = False
    _order = "week_count desc, month_count desc, quarter_count desc, coming_count desc, id"
    _rec_name = "partner_id"
    _depends = {
        **DEPENDS,
        "crm.occasion": [*DEPENDS["crm.occasion"], "write_date"],
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
    }

    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    coming_count = fields.Integer(
        "Next 7 Days",
        readonly=True,
        help="What is planned: messages of campaigns that were launched and have not gone yet, "
        "scheduled mailings whose segment or mailing list the contact is in, mails of occasions. "
        "Drafts and paused mailings do not count.",
    )
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
        now = fields.Datetime.now()
        return SQL(
            REPORT,
            now=now,
            days=DAYS,
            coming=select_coming(now, now + timedelta(days=COMING_DAYS)),
            readable=readable.subselect(),
        )
