import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime, format_list

from odoo.addons.crm_suite.lib.working_time import clock_text, epoch, moment

from ...lib import desk
from ...models.ticket.crm_ticket import PRIORITIES

# Days on the way to a deadline that are shown
MOST_DAYS = 60


class CrmSlaTryout(models.TransientModel):
    """What a ticket would be promised, without making it."""

    _name = "crm.sla.tryout"
    _description = "Try Out the SLA Policies"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    policy_id = fields.Many2one(
        "crm.sla.policy", readonly=True, help="The policy that the question is about."
    )
    team_id = fields.Many2one("crm.ticket.team", domain="[('company_id', '=', company_id)]")
    priority = fields.Selection(PRIORITIES, default="1", required=True)
    category_id = fields.Many2one("crm.ticket.category")
    tag_ids = fields.Many2many("crm.ticket.tag", "crm_sla_tryout_tag_rel")
    partner_id = fields.Many2one("res.partner", "Customer")
    tier_id = fields.Many2one(
        "crm.customer.tier",
        "Customer Tier",
        compute="_compute_tier_id",
        store=True,
        readonly=False,
        help="The customer's, unless you want to see what another one would change.",
    )
    product_id = fields.Many2one(
        "product.product", domain="[('company_id', 'in', [company_id, False])]"
    )
    order_id = fields.Many2one(
        "sale.order",
        domain="[('company_id', '=', company_id)]",
        groups="sales_team.group_sale_salesman",
    )
    opened_at = fields.Datetime(
        "Opened on", default=lambda self: self._get_default_opened_at(), required=True
    )
    result = fields.Html(compute="_compute_result", sanitize=False)

    def _get_default_opened_at(self):
        return fields.Datetime.now().replace(second=0)

    @api.depends("partner_id")
    def _compute_tier_id(self):
        for tryout in self:
            tryout.tier_id = tryout.partner_id.commercial_partner_id.customer_tier_id

    @api.depends(
        "company_id",
        "team_id",
        "priority",
        "category_id",
        "tag_ids",
        "partner_id",
        "tier_id",
        "product_id",
        "order_id",
        "opened_at",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_result(self):
        for tryout in self:
            tryout.result = self.env["ir.qweb"]._render(
                "crm_suite_helpdesk.crm_sla_tryout_result", tryout._prepare_result()
            )

    @api.model
    def action_open(self):
        """Ask what a ticket would be promised."""
        return self._open()

    @api.model
    def _open(self, policy=None):
        """:param policy: the one that the question is about, whose conditions are filled in"""
        self.check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try Out"),
            "res_model": self._name,
            "views": [[False, "form"]],
            "target": "new",
            "context": policy._get_tryout_context() if policy else {},
        }

    # ------------------------------------------------------------------ business

    def _prepare_result(self):
        """Values of the template: what holds, and what became of each policy."""
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))
        ticket = self._prepare_ticket()
        policies = (
            # sudo: managers may not read all that limits a policy, the orders for one
            self.env["crm.sla.policy"].sudo().search([("company_id", "=", self.company_id.id)])
        )
        facts = ticket._get_sla_facts()._replace(tier=self.tier_id._origin.id or 0)
        taken, holding, rows = {}, [], []
        for policy in policies:
            terms = policy._get_covering_terms(ticket, facts, None)
            promised = terms.promise(self.priority) if terms else []
            won = []
            for promise in promised:
                key = promise.target.metric, promise.slot
                if taken.setdefault(key, policy) == policy:
                    won.append(promise)
            holding += [(policy, promise) for promise in won]
            rows.append(
                {
                    "policy": policy,
                    "asked": policy == self.policy_id,
                    "holds": bool(won),
                    "text": self._describe(terms, promised, won, taken),
                }
            )
        return {
            "promises": [self._prepare_promise(ticket, *pair) for pair in holding],
            "policies": rows,
            "warning": ticket.team_id and not ticket.team_id.active,
        }

    def _prepare_ticket(self):
        """The ticket that is asked for, in memory only."""
        values = {
            "name": self.env._("Try Out"),
            "company_id": self.company_id.id,
            "team_id": self.team_id.id,
            "priority": self.priority,
            "category_id": self.category_id.id,
            "tag_ids": self.tag_ids._origin.ids,
            "partner_id": self.partner_id.id,
            "product_id": self.product_id.id,
            # sudo: who may not read orders has none to choose
            "sale_order_id": self.sudo().order_id.id,
            "opened_at": self.opened_at or fields.Datetime.now(),
        }
        # sudo: as the engine, which looks at what agents may not see, too
        return self.env["crm.ticket"].sudo().new(values)

    def _describe(self, terms, promised, won, taken):
        """What became of a policy."""
        if not terms:
            return self.env._("Does not cover this ticket.")
        if not promised:
            return self.env._("Covers it, and promises nothing for this priority.")
        names = dict(self.env["crm.sla.target"]._fields["metric"]._description_selection(self.env))
        if won:
            held = format_list(self.env, [names[promise.target.metric] for promise in won])
            return self.env._("Holds: %s.", held)
        before = taken[promised[0].target.metric, promised[0].slot]
        return self.env._("Covers it, but %s goes first.", before.name)

    def _prepare_promise(self, ticket, policy, promise):
        # sudo: the hours of a promise are the same whoever asks for them
        calendar = self.env["resource.calendar"].sudo().browse(promise.calendar_id or ())
        mode, calendar = policy._find_hours(ticket, promise.mode, calendar)
        hours = calendar._get_working_hours(self.company_id)
        start = epoch(ticket.opened_at)
        deadline = hours.add(start, promise.target.budget)
        zone = calendar.tz or str(self.env.tz)
        names = dict(self.env["crm.sla.target"]._fields["metric"]._description_selection(self.env))
        days = []
        if deadline is not None:
            days = [
                self._prepare_day(day) for day in desk.days_between(hours, start, deadline, zone)
            ]
        return {
            "metric": names[promise.target.metric],
            "policy": policy,
            "budget": clock_text(promise.target.budget),
            "hours": calendar.name if mode == "working" else self.env._("Around the clock"),
            "zone": zone,
            "deadline": deadline is not None and self._format(deadline, zone),
            "days": days[:MOST_DAYS],
            "more": max(0, len(days) - MOST_DAYS),
        }

    def _prepare_day(self, day):
        return {
            "name": format_date(self.env, day.day, date_format="EEEE d MMMM"),
            "hours": day.worked and f"{day.start:%H:%M}–{day.end:%H:%M}",
            "worked": clock_text(day.worked),
        }

    def _format(self, instant, zone):
        """An instant as the user reads it, and as the hours do where they are elsewhere."""
        own = str(self.env.tz)
        texts = [
            format_datetime(self.env, moment(instant), tz=own, dt_format="EEEE d MMMM y, HH:mm")
        ]
        local, mine = (
            pytz.utc.localize(moment(instant)).astimezone(pytz.timezone(tz)).utcoffset()
            for tz in (zone, own)
        )
        if local != mine:
            there = format_datetime(self.env, moment(instant), tz=zone, dt_format="EEE HH:mm")
            texts.append(f"({there} {zone})")
        return " ".join(texts)
