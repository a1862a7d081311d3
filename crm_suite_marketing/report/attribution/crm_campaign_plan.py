from odoo import api, fields, models
from odoo.tools import SQL

from ...lib.merge_names import get_plain
from . import coming

# rows of different tables have ids of their own
TABLES = 3
# the messages count that the audience gets in so many days before
PRESSURE_DAYS = 7
# from so many messages in that time on, a contact is under pressure
MANY_MESSAGES = 3
# of each mailing: whom it is for, and how much they get before it
PRESSURE = """
      WITH plan AS (
          SELECT mailing.id, mailing.segment_id, mailing.state = 'done' AS is_done,
                 %(group)s AS ref,
                 CASE WHEN mailing.state = 'done'
                      THEN COALESCE(mailing.calendar_date, mailing.schedule_date)
                      ELSE %(due)s END AS date
            FROM mailing_mailing mailing
           WHERE mailing.id = ANY(%(ids)s)
      ),
      audience AS (
          SELECT plan.id, member.partner_id, partner.email_normalized AS address,
                 partner.phone_sanitized AS number
            FROM plan
            JOIN crm_segment_member member
              ON member.segment_id = plan.segment_id AND member.left_at IS NULL
            JOIN res_partner partner ON partner.id = member.partner_id
           WHERE NOT plan.is_done
           UNION
          SELECT plan.id, NULL, MIN(contact.email_normalized), MIN(contact.phone_sanitized)
            FROM plan
            JOIN mail_mass_mailing_list_rel of_list ON of_list.mailing_mailing_id = plan.id
            JOIN mailing_subscription subscription
              ON subscription.list_id = of_list.mailing_list_id
             AND subscription.opt_out IS NOT TRUE
            JOIN mailing_contact contact ON contact.id = subscription.contact_id
           WHERE NOT plan.is_done
             AND plan.segment_id IS NULL
             AND COALESCE(contact.email_normalized, contact.phone_sanitized) IS NOT NULL
        GROUP BY plan.id, COALESCE(contact.email_normalized, contact.phone_sanitized)
           UNION
          SELECT plan.id, outbox.partner_id,
                 CASE WHEN outbox.channel <> ALL(%(by_phone)s) THEN outbox.identity END,
                 CASE WHEN outbox.channel = ANY(%(by_phone)s) THEN outbox.identity END
            FROM plan
            JOIN crm_outbox outbox ON outbox.mailing_id = plan.id
           WHERE NOT plan.is_done
             AND plan.segment_id IS NULL
             AND outbox.state IN ('planned', 'held', 'claimed', 'sending', 'sent')
           UNION
          SELECT plan.id, CASE WHEN trace.model = 'res.partner' THEN trace.res_id END,
                 trace.email, trace.sms_number
            FROM plan
            JOIN mailing_trace trace ON trace.mass_mailing_id = plan.id
           WHERE plan.is_done
             AND trace.sent_datetime IS NOT NULL
             AND trace.is_test_trace IS NOT TRUE
      ),
      recipient AS (
          SELECT ROW_NUMBER() OVER () AS place, audience.*
            FROM audience
           WHERE audience.partner_id IS NULL OR audience.partner_id IN %(readable)s
      ),
      message AS (
          SELECT 't' || trace.id AS ref, trace.mass_mailing_id AS mailing_id,
                 trace.sent_datetime AS at,
                 CASE WHEN trace.model = 'res.partner' THEN trace.res_id END AS partner_id,
                 trace.email AS address, trace.sms_number AS number
            FROM mailing_trace trace
           WHERE trace.is_test_trace IS NOT TRUE
             AND trace.sent_datetime >= (SELECT MIN(date) FROM plan) - %(time)s
             AND trace.sent_datetime <= (SELECT MAX(date) FROM plan)
           UNION ALL
          SELECT 'o' || id, NULL, write_date, partner_id, NULL, NULL
            FROM crm_occasion
           WHERE state = 'sent'
             AND write_date >= (SELECT MIN(date) FROM plan) - %(time)s
           UNION ALL
          SELECT ref, NULL, at, partner_id, address, number
            FROM (%(coming)s) coming
      ),
      whose AS MATERIALIZED (
          SELECT recipient.place, plan.id, plan.ref, plan.date, name.key
            FROM recipient
            JOIN plan ON plan.id = recipient.id
      CROSS JOIN LATERAL (VALUES ('p' || partner_id), (address), (number)) name(key)
           WHERE name.key IS NOT NULL
      ),
      which AS MATERIALIZED (
          SELECT message.ref, message.mailing_id, message.at, name.key
            FROM message
      CROSS JOIN LATERAL (VALUES ('p' || partner_id), (address), (number)) name(key)
           WHERE name.key IS NOT NULL
      ),
      got AS (
          SELECT DISTINCT whose.place, which.ref
            FROM whose
            JOIN which ON which.key = whose.key
           WHERE which.at BETWEEN whose.date - %(time)s AND whose.date
             AND which.mailing_id IS DISTINCT FROM whose.id
             AND which.ref <> whose.ref
      ),
      counted AS (SELECT place, COUNT(*) AS number FROM got GROUP BY place),
      pressure AS (
          SELECT recipient.id, COALESCE(counted.number, 0) AS number
            FROM recipient
       LEFT JOIN counted ON counted.place = recipient.place
      )
      SELECT id, COUNT(*), COUNT(*) FILTER (WHERE number >= %(many)s),
             AVG(number)::float8, MAX(number)
        FROM pressure
    GROUP BY id
"""


class CrmCampaignPlan(models.Model):
    """Everything that is planned, and was sent, on one calendar: mailings and text messages at the
    time for which they are scheduled, decisions of A/B tests, and what occasions do for customers.

    The pressure of a mailing is what its audience gets in the days before: what was sent, and what
    is planned (`coming.py`).
    """

    _name = "crm.campaign.plan"
    _description = "Marketing Calendar"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "mailing.mailing": [
            "ab_testing_enabled",
            "active",
            "calendar_date",
            "campaign_id",
            "mailing_type",
            "schedule_date",
            "segment_id",
            "state",
            "subject",
            "user_id",
        ],
        "utm.campaign": [
            "ab_testing_completed",
            "ab_testing_schedule_datetime",
            "ab_testing_winner_selection",
            "active",
            "user_id",
        ],
        "crm.occasion": ["date", "rule_id", "state", "user_id"],
    }

    name = fields.Char(readonly=True)
    kind = fields.Selection(
        [
            ("mail", "Mailing"),
            ("sms", "Text Message"),
            ("webhook", "Webhook"),
            ("activity", "Phone Calls"),
            ("decision", "Decision of an A/B Test"),
            ("occasion", "Occasions"),
        ],
        readonly=True,
    )
    date = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("planned", "Planned"), ("done", "Done")],
        string="Status",
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    mailing_id = fields.Many2one("mailing.mailing", readonly=True)
    segment_id = fields.Many2one("crm.segment", readonly=True)
    rule_id = fields.Many2one("crm.occasion.rule", readonly=True)
    occasion_count = fields.Integer("Customers", readonly=True)
    audience_count = fields.Integer(
        "Contacts",
        compute="_compute_pressure",
        help="Members of the segment or of the mailing lists; once it is sent: those it was sent "
        "to. Of other mailings nobody is counted before their launch.",
    )
    pressured_count = fields.Integer(
        "Under Pressure",
        compute="_compute_pressure",
        help="Of these contacts, those who get three messages or more in the seven days before: "
        "what was sent, and what is planned until then. Drafts do not count.",
    )
    pressure_average = fields.Float(
        "Messages per Contact",
        compute="_compute_pressure",
        digits=(16, 1),
        help="What these contacts get in the seven days before, on average: what was sent, and "
        "what is planned until then.",
    )
    pressure_max = fields.Integer(
        "Most Messages to One Contact",
        compute="_compute_pressure",
        help="In the seven days before: what was sent, and what is planned until then.",
    )

    @api.depends("mailing_id", "segment_id")
    def _compute_pressure(self):
        figures = {row[0]: row[1:] for row in self.env.execute_query(self._get_pressure())}
        for plan in self:
            (
                plan.audience_count,
                plan.pressured_count,
                plan.pressure_average,
                plan.pressure_max,
            ) = figures.get(plan.mailing_id.id, (0, 0, 0, 0))

    def _get_pressure(self):
        """Return the query of the figures of these mailings, of contacts that the user may read.

        Subscribers of lists and leads are known by their address or number.
        """
        for model in (*coming.DEPENDS, "mailing.trace"):
            self.env[model].flush_model()
        readable = self.env["res.partner"].with_context(active_test=False)._search([])
        now = fields.Datetime.now()
        return SQL(
            PRESSURE,
            ids=self.mailing_id.ids,
            group=coming.GROUP,
            due=SQL(coming.DUE, now=now),
            by_phone=coming.BY_PHONE,
            coming=coming.select_coming(now, SQL("(SELECT MAX(date) FROM plan)")),
            time=SQL("make_interval(days => %s)", PRESSURE_DAYS),
            many=MANY_MESSAGES,
            readable=readable.subselect(),
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_document(self):
        """Open the mailing, the campaign of the test, or the occasions of the day."""
        self.ensure_one()
        if self.kind == "occasion":
            action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_occasion_action")
            return {
                **action,
                "domain": [
                    ("rule_id", "=", self.rule_id.id),
                    ("date", "=", fields.Date.to_string(self.date.date())),
                ],
                "context": {},
            }
        document = self.mailing_id or self.campaign_id
        document.check_access("read")
        return document.get_formview_action()

    def action_view_pressure(self):
        """Open the contacts of the segment with what they got lately."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_pressure_report_action"
        )
        return {**action, "domain": [("partner_id.segment_ids", "in", self.segment_id.ids)]}

    @api.depends("name")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = get_plain(plan.name or "") or plan.name

    # ------------------------------------------------------------------
    # Query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        parts = [self._get_mailings(), self._get_decisions()]
        if self.env["crm.occasion"].has_access("read"):
            parts.append(self._get_occasions())
        return SQL(" UNION ALL ").join(parts)

    def _get_mailings(self):
        return SQL(
            """
            SELECT id * %(tables)s AS id, subject AS name,
                   mailing_type AS kind,
                   COALESCE(calendar_date, schedule_date) AS date,
                   CASE state WHEN 'done' THEN 'done' WHEN 'draft' THEN 'draft' ELSE 'planned' END
                       AS state,
                   user_id, campaign_id, id AS mailing_id, segment_id,
                   NULL::int AS rule_id, 0 AS occasion_count
              FROM mailing_mailing
             WHERE active AND COALESCE(calendar_date, schedule_date) IS NOT NULL
            """,
            tables=TABLES,
        )

    def _get_decisions(self):
        return SQL(
            """
            SELECT id * %(tables)s + 1, COALESCE(title ->> %(lang)s, title ->> 'en_US'),
                   'decision', ab_testing_schedule_datetime,
                   CASE WHEN ab_testing_completed THEN 'done' ELSE 'planned' END,
                   user_id, id, NULL::int, NULL::int, NULL::int, 0
              FROM utm_campaign
             WHERE active
               AND ab_testing_schedule_datetime IS NOT NULL
               AND ab_testing_winner_selection <> 'manual'
               AND id IN (SELECT campaign_id FROM mailing_mailing WHERE ab_testing_enabled)
            """,
            tables=TABLES,
            lang=self.env.lang or "en_US",
        )

    def _get_occasions(self):
        """What is done for customers on a day: one row for each rule, of what the user may read."""
        readable = self.env["crm.occasion"]._search([])
        return SQL(
            """
            SELECT MIN(crm_occasion.id) * %(tables)s + 2,
                   COALESCE(rule.name ->> %(lang)s, rule.name ->> 'en_US'), 'occasion',
                   crm_occasion.date::timestamp + interval '12 hours',
                   CASE WHEN BOOL_OR(crm_occasion.state IN ('pending', 'planned', 'sending'))
                        THEN 'planned' ELSE 'done' END,
                   NULL::int, NULL::int, NULL::int, NULL::int, rule.id, COUNT(*)::int
              FROM %(occasions)s
              JOIN crm_occasion_rule rule ON rule.id = crm_occasion.rule_id
             WHERE %(condition)s
          GROUP BY rule.id, crm_occasion.date
            """,
            tables=TABLES,
            lang=self.env.lang or "en_US",
            occasions=readable.from_clause,
            condition=readable.where_clause or SQL("TRUE"),
        )
