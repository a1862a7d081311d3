from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...lib.occasion import birthdays_on
from ..lifecycle.companies import check_companies

# Days that are made up for when the server was down
CATCH_UP_DAYS = 2

ENTER = """
    INSERT INTO crm_occasion (rule_id, kind, partner_id, company_id, date, state, user_id,
                              create_uid, write_uid, create_date, write_date)
    SELECT DISTINCT ON (found.partner_id, found.company_id)
           %(rule)s, %(kind)s, found.partner_id, found.company_id, found.date, 'pending',
           COALESCE(own.id, shared.id, stand_in.id),
           %(uid)s, %(uid)s, %(now)s, %(now)s
      FROM (%(query)s) AS found(partner_id, company_id, date)
      JOIN res_partner AS partner ON partner.id = found.partner_id
      JOIN res_partner AS customer ON customer.id = partner.commercial_partner_id
 LEFT JOIN res_users AS own ON own.id = partner.user_id AND %(own)s
 LEFT JOIN res_users AS shared ON shared.id = customer.user_id AND %(shared)s
 LEFT JOIN res_users AS stand_in ON stand_in.id = %(user)s AND %(stand_in)s
     WHERE partner.active
       AND customer.active
       AND found.date >= %(since)s
       AND (%(company)s IS NULL OR found.company_id = %(company)s)
       AND NOT EXISTS (SELECT FROM crm_occasion AS earlier
                        WHERE earlier.rule_id = %(rule)s
                          AND earlier.partner_id = found.partner_id
                          AND earlier.company_id IS NOT DISTINCT FROM found.company_id
                          AND earlier.date > found.date - %(cooldown)s)
  ORDER BY found.partner_id, found.company_id, found.date DESC
        ON CONFLICT DO NOTHING
 RETURNING id
"""
# what happened in one company is told to those only who work there
WORKS_THERE = """
    %(who)s.active
    AND (found.company_id IS NULL
         OR EXISTS (SELECT FROM res_company_users_rel AS works
                     WHERE works.user_id = %(who)s.id AND works.cid = found.company_id))
"""


class CrmOccasionRule(models.Model):
    """What is done by itself when something happens to a customer.

    A rule begins with what happens after it was switched on: nobody gets a to-do, or a mail, for
    what happened before.
    """

    _name = "crm.occasion.rule"
    _description = "Occasion Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("at_risk", "A customer went at risk"),
            ("champion", "A customer became a champion"),
            ("overdue", "No order within the expected time"),
            ("birthday", "Birthday"),
            ("stage", "A customer came to a lifecycle stage"),
        ],
        string="Occasion",
        required=True,
        default="at_risk",
    )
    stage_id = fields.Many2one("crm.lifecycle.stage", ondelete="restrict")
    days_late = fields.Integer(
        default=14,
        help="Days after the day on which the next order was expected.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    action_kind = fields.Selection(
        [("activity", "Plan an activity"), ("mail", "Send an e-mail to the customer")],
        string="Do",
        required=True,
        default="activity",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Without Salesperson",
        domain="[('share', '=', False)]",
        help="Who gets the activity when the customer has no salesperson. Empty: nobody.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain="[('model', '=', 'crm.occasion')]",
        ondelete="restrict",
    )
    cooldown_days = fields.Integer(
        string="Not Again for",
        default=90,
        help="Days in which the same customer is left alone by this rule.",
    )
    since = fields.Date(
        string="Counts since",
        readonly=True,
        copy=False,
        help="The day on which the rule was switched on. What happened before is left alone.",
    )
    occasion_count = fields.Integer(string="Occasions", compute="_compute_occasion_count")

    _check_cooldown = models.Constraint(
        "CHECK(cooldown_days BETWEEN 0 AND 3650)",
        "A customer is left alone for 0 to 3650 days.",
    )
    _check_days_late = models.Constraint(
        "CHECK(days_late BETWEEN 0 AND 3650)", "An order is late by 0 to 3650 days."
    )

    # ------------------------------------------------------------------
    # Compute and constraints
    # ------------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_occasion_count(self):
        counts = dict(
            self.env["crm.occasion"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.occasion_count = counts.get(rule, 0)

    @api.constrains("action_kind", "activity_type_id", "template_id", "kind", "stage_id")
    def _check_complete(self):
        for rule in self:
            if rule.action_kind == "activity" and not rule.activity_type_id:
                raise ValidationError(
                    self.env._("Choose the type of the activity of “%s”.", rule.name)
                )
            if rule.activity_type_id.res_model not in (False, "res.partner"):
                raise ValidationError(
                    self.env._("The activity of “%s” must be one of contacts.", rule.name)
                )
            if rule.action_kind == "mail" and rule.template_id.model != "crm.occasion":
                raise ValidationError(
                    self.env._("Choose an e-mail template of occasions for “%s”.", rule.name)
                )
            if rule.kind == "stage" and not rule.stage_id:
                raise ValidationError(self.env._("Choose the stage of “%s”.", rule.name))

    @api.constrains(
        "action_kind", "active", "company_id", "days_late", "kind", "stage_id", "template_id"
    )
    def _check_companies(self):
        check_companies(self)

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        return super().create([{**vals, "since": today} for vals in vals_list])

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "since" or self.env.su}
        # whatever begins to mean something else begins anew
        if vals.get("active") or {"company_id", "days_late", "kind", "stage_id"} & set(vals):
            vals = {"since": fields.Date.context_today(self), **vals}
        return super().write(vals)

    def action_view_occasions(self):
        """Open what this rule has done."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_occasion_action")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------------
    # Occasions
    # ------------------------------------------------------------------

    @api.model
    def _get_today(self, company):
        """Return the day it is in the time zone of a company."""
        zone = company.partner_id.tz or "UTC"
        return datetime.now(ZoneInfo(zone)).date()

    def _enter(self, query):
        """Add the occasions that a query of (customer, company, day) finds, once each.

        :return: how many are new
        """
        self.ensure_one()
        self.env["crm.occasion"].flush_model()
        self.env["res.partner"].flush_model(["active", "user_id", "commercial_partner_id"])
        self.env["res.users"].flush_model(["active", "company_ids"])
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                ENTER,
                rule=self.id,
                kind=self.kind,
                user=self.user_id.id or None,
                **{
                    who: SQL(WORKS_THERE, who=SQL.identifier(who))
                    for who in ("own", "shared", "stand_in")
                },
                uid=self.env.uid,
                now=fields.Datetime.now(),
                query=query,
                since=self.since,
                company=self.company_id.id or None,
                cooldown=self.cooldown_days,
            )
        )
        self.env["crm.occasion"].invalidate_model(flush=False)
        return len(rows)

    @api.model
    def _note_changes(self, kind, rows):
        """Note that figures of customers have changed, today, and wake who acts on it.

        :param rows: of (customer id, company id)
        """
        rules = self.search([("kind", "=", kind)])
        if not rules:
            return
        companies = self.env["res.company"].browse({company for _partner, company in rows})
        today = {company.id: self._get_today(company) for company in companies}
        query = SQL(
            "SELECT * FROM unnest(%s::int[], %s::int[], %s::date[])",
            [partner for partner, _company in rows],
            [company for _partner, company in rows],
            [today[company] for _partner, company in rows],
        )
        if sum(rule._enter(query) for rule in rules):
            self.env.ref("crm_suite.ir_cron_occasion")._trigger()

    def _find(self):
        """Add the occasions of today, and of the days that were missed."""
        for rule in self:
            query = getattr(rule, f"_get_{rule.kind}_query", lambda: None)()
            if query:
                rule._enter(query)

    def _get_overdue_query(self):
        """Query of who should have ordered `days_late` days ago, or before."""
        self.env["crm.customer.metric"].flush_model()
        today = fields.Date.today()
        return SQL(
            """
            SELECT metric.partner_id, metric.company_id, metric.expected_order_date + %(late)s
              FROM crm_customer_metric AS metric
             WHERE metric.expected_order_date BETWEEN %(since)s - %(late)s AND %(today)s - %(late)s
            """,
            late=self.days_late,
            since=self.since,
            today=today,
        )

    def _get_stage_query(self):
        """Query of who came to the stage. Stages are shared by the companies.

        By a merge nobody comes to one: two records become what the customer was before.
        """
        self.env["crm.lifecycle.move"].flush_model()
        return SQL(
            """
            SELECT move.partner_id, partner.company_id, move.moved_at::date
              FROM crm_lifecycle_move AS move
              JOIN res_partner AS partner ON partner.id = move.partner_id
             WHERE move.kind != 'merge'
               AND move.to_stage_id = %s
               AND move.moved_at >= %s
            """,
            self.stage_id.id,
            max(self.since, fields.Date.today() - timedelta(days=CATCH_UP_DAYS)),
        )

    def _get_birthday_query(self):
        """Query of whose birthday it is, in the time zone of their company; contacts that
        companies share, in that of the rule or of the first company.
        """
        self.env["res.partner"].flush_model(["birthdate", "company_id"])
        Company = self.env["res.company"]
        companies = self.company_id or Company.search([])  # pylint: disable=no-search-all
        first = self.company_id or Company.search([], order="id", limit=1)
        days = [
            *((company, company.id) for company in companies),
            *([] if self.company_id else [(first, None)]),
        ]
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT partner.id, partner.company_id, %(day)s::date
                  FROM res_partner AS partner
                 WHERE to_char(partner.birthdate, 'MMDD') = ANY(%(keys)s)
                   AND partner.birthdate < %(day)s
                   AND partner.company_id IS NOT DISTINCT FROM %(company)s
                """,
                day=day,
                keys=birthdays_on(day),
                company=company_id,
            )
            for company, company_id in days
            for day in self._get_last_days(company)
        )

    @api.model
    def _get_last_days(self, company):
        today = self._get_today(company)
        return [today - timedelta(days=back) for back in range(CATCH_UP_DAYS + 1)]

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Every day: find what happened, and act on it, in batches."""
        cron = self.env["ir.cron"]
        rules = self.search([])  # pylint: disable=no-search-all
        cron._commit_progress(remaining=len(rules))
        for rule in rules:
            rule._find()
            if not cron._commit_progress(1):
                return
        self.env["crm.occasion"]._act_on_all()
