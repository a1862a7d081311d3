from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

MAX_ROWS = 100
FIGURES = ["__count", "expected_revenue:sum_currency", "prorated_revenue:sum_currency"]
LOOK_AHEAD = timedelta(days=14)


class CrmPipelineReview(models.TransientModel):
    """Which teams and which time the printed pipeline review is about.

    Everything in it is read with the rights of whoever prints: a salesperson with own documents
    gets a review of his own opportunities. The lists are cut after `row_limit` rows, with a note;
    counts and amounts are of all.
    """

    _name = "crm.pipeline.review"
    _description = "Pipeline Review"

    team_ids = fields.Many2many(
        "crm.team",
        string="Sales Teams",
        required=True,
        default=lambda self: self._get_default_teams(),
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=7),
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: fields.Date.context_today(self)
    )
    row_limit = fields.Integer(
        string="Rows per List",
        required=True,
        default=15,
        help="Longer lists are cut, the most valuable or most urgent rows first.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for review in self:
            if review.date_from > review.date_to:
                raise ValidationError(
                    self.env._("The review must begin before it ends: check the dates.")
                )

    @api.constrains("row_limit")
    def _check_row_limit(self):
        for review in self:
            if not 1 <= review.row_limit <= MAX_ROWS:
                raise ValidationError(
                    self.env._("A list has between 1 and %(limit)s rows.", limit=MAX_ROWS)
                )

    @api.depends_context("company")
    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    def action_print(self):
        self.ensure_one()
        return self.env.ref("crm_suite.crm_pipeline_review_report").report_action(
            self, config=False
        )

    def _get_report_name(self):
        return self.env._("Pipeline Review %(date)s", date=self.date_to)

    def _get_more(self, count):
        return self.env._("and %(count)s more", count=count)

    def _get_subtitle(self, team):
        parts = [f"{format_date(self.env, self.date_from)} – {format_date(self.env, self.date_to)}"]
        if team.user_id:
            parts.append(self.env._("Team leader: %(name)s", name=team.user_id.name))
        parts.append(self.env._("As seen by %(name)s", name=self.env.user.name))
        return " · ".join(parts)

    @api.model
    def _get_default_teams(self):
        teams = self.env["crm.team"]
        if self.env.context.get("active_model") == "crm.team":
            return teams.browse(self.env.context.get("active_ids", [])).exists()
        mine = ["|", ("user_id", "=", self.env.uid), ("member_ids", "in", self.env.uid)]
        return teams.search(mine)

    def _get_review(self, team):
        """Return what the review tells of a team, for the QWeb template."""
        self.ensure_one()
        Lead = self.env["crm.lead"].with_context(active_test=False)
        in_team = Domain("team_id", "=", team.id)
        is_open = in_team & Domain(
            [("type", "=", "opportunity"), ("active", "=", True), ("won_status", "=", "pending")]
        )
        today = fields.Date.context_today(self)
        parts = {
            "open": is_open,
            "won": in_team & Domain("won_status", "=", "won") & self._moved("won"),
            "lost": in_team & Domain("won_status", "=", "lost") & self._moved("lost"),
            "new": in_team & Domain("type", "=", "opportunity") & self._arrived(),
            "overdue": is_open & Domain("date_deadline", "<", today),
            "idle": is_open & Domain("has_next_step", "=", False),
        }
        figures = {name: self._get_figures(Lead, domain) for name, domain in parts.items()}
        revenue = "expected_revenue desc, id"
        return {
            "subtitle": self._get_subtitle(team),
            "today": today,
            "figures": figures,
            "stages": self._get_stages(Lead, is_open),
            "salespeople": self._get_salespeople(Lead, parts),
            "won": Lead.search(parts["won"], limit=self.row_limit, order=revenue),
            "lost": Lead.search(parts["lost"], limit=self.row_limit, order=revenue),
            "new": Lead.search(parts["new"], limit=self.row_limit, order=revenue),
            "overdue": Lead.search(parts["overdue"], limit=self.row_limit, order=revenue),
            "idle": Lead.search(parts["idle"], limit=self.row_limit, order=revenue),
            **self._get_stage_moves(team),
            **self._get_next_steps(Lead._search(is_open)),
        }

    def _get_period(self):
        """Return the first and the last moment of the review, in UTC without a zone."""
        zone = self.env.tz
        return [
            zone.localize(datetime.combine(day, moment)).astimezone(UTC).replace(tzinfo=None)
            for day, moment in ((self.date_from, time.min), (self.date_to, time.max))
        ]

    def _moved(self, *kinds):
        start, end = self._get_period()
        domain = [("kind", "in", kinds), ("date", ">=", start), ("date", "<=", end)]
        return Domain("stage_move_ids", "any", domain)

    def _arrived(self):
        """New opportunities: created as such, or converted from a lead."""
        start, end = self._get_period()
        domain = [
            ("kind", "in", ("created", "converted")),
            ("type", "=", "opportunity"),
            ("date", ">=", start),
            ("date", "<=", end),
        ]
        return Domain("stage_move_ids", "any", domain)

    @api.model
    def _get_figures(self, Lead, domain):
        """Return count, amount and weighted amount, in the currency of the current company."""
        [(count, amount, weighted)] = Lead._read_group(
            domain,
            [],
            FIGURES,
        )
        return {"count": count, "amount": amount or 0.0, "weighted": weighted or 0.0}

    @api.model
    def _get_stages(self, Lead, is_open):
        return [
            {"stage": stage, "count": count, "amount": amount or 0, "weighted": weighted or 0}
            for stage, count, amount, weighted in Lead._read_group(
                is_open,
                ["stage_id"],
                FIGURES,
            )
        ]

    @api.model
    def _get_salespeople(self, Lead, parts):
        """Return one row for each salesperson, the highest weighted pipeline first."""
        rows = {}
        for part, domain in parts.items():
            for user, count, amount, weighted in Lead._read_group(
                domain,
                ["user_id"],
                FIGURES,
            ):
                # the name of a colleague is no secret
                row = rows.setdefault(user.id, {"name": user.sudo().name})
                row[part] = {"count": count, "amount": amount or 0, "weighted": weighted or 0}
        empty = {"count": 0, "amount": 0.0, "weighted": 0.0}
        rows = [{**dict.fromkeys(parts, empty), **row} for row in rows.values()]
        return sorted(rows, key=lambda row: -row["open"]["weighted"])

    def _get_stage_moves(self, team):
        """Return the opportunities that changed their stage without being won or lost by it."""
        start, end = self._get_period()
        Move = self.env["crm.stage.move"]
        domain = [
            ("kind", "in", ("stage", "restored")),
            ("date", ">=", start),
            ("date", "<=", end),
            ("lead_id.team_id", "=", team.id),
        ]
        return {
            "moves": Move.search(domain, limit=self.row_limit),
            "move_count": Move.search_count(domain),
        }

    def _get_next_steps(self, is_open):
        """Return the activities that are late or due soon, the earliest first."""
        until = fields.Date.context_today(self) + LOOK_AHEAD
        Activity = self.env["mail.activity"]
        domain = [
            ("res_model", "=", "crm.lead"),
            ("res_id", "in", is_open),
            ("date_deadline", "<=", until),
            ("is_follow_up", "=", False),
        ]
        activities = Activity.search(domain, limit=self.row_limit, order="date_deadline, id")
        leads = self.env["crm.lead"].browse(activities.mapped("res_id"))
        return {
            "steps": list(zip(activities, leads, strict=True)),
            "step_count": Activity.search_count(domain),
            "step_until": until,
        }
