import logging
from ast import literal_eval

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ...lib.sla_terms import CONDITIONS, WAITS

_logger = logging.getLogger(__name__)

# Set in the context while a policy is saved with its targets: one change makes one revision.
# An object, because nobody can send one through RPC.
SAVING = object()

CONDITION_FIELDS = [*CONDITIONS, "tag_ids"]
TERM_FIELDS = [
    "mode",
    "calendar_id",
    "stack",
    "on_reopen",
    "reopen_days",
    "date_from",
    "date_to",
    "tag_match",
    "domain",
    *CONDITION_FIELDS,
]


class CrmSlaPolicy(models.Model):
    """How a policy is kept as revisions, and which tickets it covers."""

    _name = "crm.sla.policy"
    _inherit = ["crm.sla.policy"]

    warned_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When somebody was asked to look at working hours in which no time can be counted.",
    )
    hours_warning = fields.Char(
        compute="_compute_hours_warning",
        help="Why time is not counted in the working hours that were chosen.",
    )

    @api.depends("mode", "calendar_id", "team_ids", "company_id")
    def _compute_hours_warning(self):
        for policy in self:
            policy.hours_warning = False
            if policy.mode == "always":
                continue
            # sudo: the same warning for whoever may read the policy
            own = policy.sudo()
            company = own.company_id.resource_calendar_id
            teams = own.team_ids
            calendars = own.calendar_id or teams.calendar_id
            if not own.calendar_id and (not teams or teams.filtered(lambda t: not t.calendar_id)):
                calendars |= company
            unusable = [c for c in calendars if not c._is_usable_in(own.company_id)]
            if unusable:
                policy.hours_warning = self.env._(
                    "No time can be counted in %s: the hours of the company are used instead, or "
                    "all hours when it has none.",
                    ", ".join(calendar.name for calendar in unusable),
                )
            elif not calendars:
                policy.hours_warning = self.env._(
                    "There are no working hours: time is counted around the clock."
                )

    # ------------------------------------------------------------------ constraints

    @api.constrains("domain")
    def _check_domain(self):
        for policy in self.filtered("domain"):
            try:
                domain = _read_domain(policy.domain)
                # With the rights of whoever saves it, not of the superuser as constraints are: a
                # condition on what he may not read would tell him who meets it
                self.sudo(False).env["crm.ticket"].search(domain, limit=1)
            except (UserError, ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    self.env._(
                        "The further conditions of SLA policy %(policy)s cannot be used: %(error)s",
                        policy=policy.name,
                        error=error,
                    )
                ) from error

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        policies = super(CrmSlaPolicy, self.with_context(crm_sla_policy=SAVING)).create(vals_list)
        policies = policies.with_env(self.env)
        policies._revise()
        return policies

    def write(self, vals):
        archived = self.filtered("active") if vals.get("active") is False else self[:0]
        if {"mode", "calendar_id", "team_ids", "company_id"} & vals.keys():
            vals = {**vals, "warned_at": False}
        res = super(CrmSlaPolicy, self.with_context(crm_sla_policy=SAVING)).write(vals)
        self._revise()
        if "active" in vals:
            self.env.registry.clear_cache()
        if archived:
            # sudo: clocks are written by the engine only
            self.env["crm.sla.clock"].sudo().search(
                [("policy_id", "in", archived.ids), ("state", "in", ("running", "paused"))]
            )._apply("cancel", "policy")
        return res

    # ------------------------------------------------------------------ revisions

    def _revise(self):
        """Keep these policies as they are now, where that differs from their latest revision."""
        if self.env.context.get("crm_sla_policy") is SAVING:
            return
        changed, values = [], []
        for policy in self.sudo():  # sudo: nobody makes revisions but this
            snapshot, latest = policy._prepare_snapshot(), policy.revision_id
            if latest and latest.snapshot == snapshot:
                continue
            changed.append(policy)
            values.append(
                {
                    "policy_id": policy.id,
                    "number": latest.number + 1,
                    "date": self.env["crm.ticket"]._now(),
                    "user_id": self.env.uid,
                    "snapshot": snapshot,
                    "summary": latest._describe(snapshot) if latest else False,
                }
            )
        revisions = self.env["crm.sla.revision"].sudo().create(values)  # sudo: as above
        for policy, revision in zip(changed, revisions, strict=True):
            policy.revision_id = revision
        if changed:
            self.env.registry.clear_cache()

    def _prepare_snapshot(self):
        """All that decides what this policy promises and to whom, as plain values.

        :return: a dict that JSON keeps as it is: ids in lists, dates as text, times in seconds
        """
        self.ensure_one()
        snapshot = {
            name: sorted(self.with_context(active_test=False)[name].ids)
            if name in CONDITION_FIELDS
            else self._fields[name].convert_to_read(self[name], self, use_display_name=False)
            for name in TERM_FIELDS
        }
        # People are looked up by the company that they belong to
        snapshot["partner_ids"] = sorted(
            self.with_context(active_test=False).partner_ids.commercial_partner_id.ids
        )
        for name in ("date_from", "date_to"):
            snapshot[name] = fields.Date.to_string(self[name]) or False
        snapshot["targets"] = [
            {
                "id": target.id,
                "metric": target.metric,
                "priority": target.priority,
                "budget_s": target.budget_s,
                "risk_share": target.risk_share,
                **{f"pause_{wait}": target[f"pause_{wait}"] for wait in WAITS},
            }
            for target in self.target_ids.sorted(lambda t: (t.metric, t.priority or "", t.id))
        ]
        return snapshot

    def _apply_latest(self, tickets):
        """Hold open tickets to the present revision of these policies, as of now.

        :param tickets: those to move, whoever may see them; callers check rights and batch
        """
        tickets.filtered(lambda t: not t.closed_at)._sla_sync("apply", newest=self)

    # ------------------------------------------------------------------ matching

    @api.model
    def _match(self, tickets, held=None):
        """What holds for tickets.

        :param held: {(ticket id, policy id): revision} for the policies to whose revision a
            ticket is held already
        :return: {ticket: {(metric, slot): lib.sla_terms.Promise}}
        """
        # sudo: a ticket is held to a policy whoever works on it; the company is given explicitly
        policies = self.sudo().search_fetch(
            Domain("company_id", "in", tickets.company_id.ids) & Domain("active", "=", True),
            ["company_id", "revision_id"],
        )
        # Policies that were loaded by other means than through here have none yet
        policies.filtered(lambda policy: not policy.revision_id)._revise()
        promises = {}
        for ticket in tickets:
            found, facts = promises.setdefault(ticket, {}), ticket._get_sla_facts()
            for policy in policies:
                if policy.company_id != ticket.company_id:
                    continue
                own = held and held.get((ticket.id, policy.id))
                terms = policy._get_covering_terms(ticket, facts, own)
                for promise in terms.promise(ticket.priority) if terms else ():
                    found.setdefault((promise.target.metric, promise.slot), promise)
        return promises

    def _get_covering_terms(self, ticket, facts, own):
        """The terms under which this policy covers a ticket; None when it does not.

        A ticket stays on its revision as long as that one, or the present one, covers it.
        """
        self.ensure_one()
        present = self.revision_id
        for revision in (own, present) if own and own != present else (present,):
            terms = revision._get_terms()
            if terms.cover(facts) and self._meets_domain(terms.domain, ticket):
                return own._get_terms() if own else terms
        return None

    def _meets_domain(self, domain, ticket):
        if not domain:
            return True
        try:
            return bool(ticket.filtered_domain(_read_domain(domain)))
        except (UserError, ValueError, SyntaxError, TypeError, KeyError, AttributeError) as error:
            # A field may be gone since. A mail must not be lost because of that.
            _logger.warning("Condition of SLA policy %s cannot be used: %s", self.id, error)
            return False

    @api.model
    @ormcache()
    def _get_domain_fields(self):
        """Names of the fields of tickets that a condition of any policy looks at."""
        # sudo: policies of all companies; the answer is the same for all users
        domains = self.sudo().search([("domain", "!=", False)]).mapped("domain")
        names = set()
        for text in domains:
            try:
                domain = _read_domain(text)
            except (ValueError, SyntaxError):
                continue
            names.update(
                condition.field_expr.partition(".")[0] for condition in domain.iter_conditions()
            )
        return frozenset(names)

    @api.model
    def _refuse_losing(self, field_name, records):
        """A policy that loses its last team or customer would cover everybody.

        :raise UserError: when a policy, also an archived one, is limited to one of the records
        """
        # sudo: policies of other companies count as well
        policies = (
            self.sudo().with_context(active_test=False).search([(field_name, "in", records.ids)])
        )
        if policies:
            # sudo: the policies were read so, and records of two environments do not mix
            limits = policies[field_name] & records.sudo()
            raise UserError(
                self.env._(
                    "%(records)s cannot be deleted, because SLA policies are limited to it: "
                    "%(policies)s. Archive it, or change the policies first.",
                    records=", ".join(limits.mapped("display_name")),
                    policies=", ".join(policies.mapped("name")),
                )
            )

    # ------------------------------------------------------------------ working hours

    def _get_hours(self, ticket):
        """The mode and calendar in which this policy as it is now counts time for a ticket.

        :return: (mode, calendar), the calendar being empty in mode "always"
        """
        self.ensure_one()
        return self._find_hours(ticket, self.mode, self.calendar_id)

    def _find_hours(self, ticket, mode, calendar):
        """Fall back from the chosen hours to those of the team, of the company, and when none of
        them can be used any more to around the clock: a ticket is never without a deadline.
        """
        none = self.env["resource.calendar"]
        if mode == "always":
            return "always", none
        company = ticket.company_id.sudo()  # sudo: the hours are the same whoever works on it
        team = ticket.team_id.sudo()
        asked = calendar or team.calendar_id or company.resource_calendar_id
        for candidate in (asked, team.calendar_id, company.resource_calendar_id):
            if candidate and candidate._is_usable_in(company):
                if candidate != asked:
                    self._warn(ticket)
                return "working", candidate
        self._warn(ticket)
        return "always", none

    def _warn(self, ticket):
        """Ask somebody, once, to look at hours in which time cannot be counted."""
        policy = self.sudo()  # sudo: agents and mails bring the warning about
        if policy.warned_at:
            return
        policy.warned_at = self.env["crm.ticket"]._now()
        ticket._sla_report(
            self.env._("No working hours"),
            self.env._(
                "SLA policy %s has no working hours in which time can be counted until its "
                "deadlines. Check the working hours of the policy, the team and the company.",
                policy.name,
            ),
        )


def _read_domain(text):
    domain = literal_eval(text)
    if not isinstance(domain, list):
        raise ValueError(text)  # noqa: TRY004 a wrong value, whatever its type
    return Domain(domain)


def get_day(ticket):
    """The day on which a ticket was opened, where its company is; ISO text."""
    zone = pytz.timezone(ticket.company_id.resource_calendar_id.tz or "UTC")
    return pytz.utc.localize(ticket.opened_at).astimezone(zone).date().isoformat()
