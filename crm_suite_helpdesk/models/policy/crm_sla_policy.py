from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_list

from odoo.addons.crm_suite.lib.working_time import clock_text

from ...lib.sla_terms import WAITS
from .crm_sla_clock import LIVE


class CrmSlaPolicy(models.Model):
    """A policy in words, and who still stands on what it was."""

    _name = "crm.sla.policy"
    _inherit = ["crm.sla.policy"]

    in_words = fields.Html(
        compute="_compute_in_words", sanitize=False, help="What is promised, to whom and when."
    )
    ticket_count = fields.Integer("Open Tickets", compute="_compute_ticket_counts")
    outdated_ticket_count = fields.Integer(
        "Tickets on Earlier Revisions",
        compute="_compute_ticket_counts",
        help="Open tickets that are held to what the policy was before it changed.",
    )
    rollout_ids = fields.One2many("crm.sla.rollout", "policy_id", "Applied to Open Tickets")
    is_rolling_out = fields.Boolean(compute="_compute_is_rolling_out")

    # ------------------------------------------------------------------ compute

    def _compute_ticket_counts(self):
        clocks = self.env["crm.sla.clock"]
        live = Domain("policy_id", "in", self.ids) & clocks._get_open_domain()
        counts, outdated = {}, {}
        groups = clocks._read_group(
            live, ["policy_id", "revision_id"], ["ticket_id:count_distinct"]
        )
        # A ticket has as many clocks as promises, but all of them of one revision
        for policy, revision, count in groups:
            counts[policy] = counts.get(policy, 0) + count
            if revision != policy.revision_id:
                outdated[policy] = outdated.get(policy, 0) + count
        for policy in self:
            policy.ticket_count = counts.get(policy, 0)
            policy.outdated_ticket_count = outdated.get(policy, 0)

    @api.depends("rollout_ids.state")
    def _compute_is_rolling_out(self):
        for policy in self:
            policy.is_rolling_out = "running" in policy.rollout_ids.mapped("state")

    @api.depends(
        "company_id",
        "team_ids",
        "partner_ids",
        "tier_ids",
        "category_ids",
        "tag_ids",
        "tag_match",
        "product_ids",
        "product_categ_ids",
        "order_ids",
        "domain",
        "date_from",
        "date_to",
        "stack",
        "on_reopen",
        "reopen_days",
        "mode",
        "calendar_id",
        "target_ids.metric",
        "target_ids.priority",
        "target_ids.budget",
        *(f"target_ids.pause_{wait}" for wait in WAITS),
    )
    @api.depends_context("lang", "uid")
    def _compute_in_words(self):
        for policy in self:
            sentences = [
                policy._describe_whom(),
                *policy._describe_promises(),
                policy._describe_hours(),
                *policy._describe_pauses(),
                policy._describe_place(),
                policy._describe_reopening(),
            ]
            policy.in_words = Markup("<ul class='mb-0 ps-3'>%s</ul>") % Markup().join(
                Markup("<li>%s</li>") % sentence for sentence in sentences if sentence
            )

    # ------------------------------------------------------------------ actions

    def action_try_out(self):
        """Ask what a ticket would be promised."""
        return self.env["crm.sla.tryout"]._open(self[:1])

    def _get_tryout_context(self):
        """Values of a try-out whose ticket this policy covers, as far as one value can tell."""
        self.ensure_one()
        policy = (
            self.sudo()
        )  # sudo: orders, which not all managers may read; kept for those who may
        values = {
            "policy_id": policy.id,
            "company_id": policy.company_id.id,
            "team_id": policy.team_ids[:1].id,
            "partner_id": policy.partner_ids[:1].id,
            "tier_id": policy.tier_ids[:1].id,
            "category_id": policy.category_ids[:1].id,
            "tag_ids": policy.tag_ids.ids if policy.tag_match == "all" else policy.tag_ids[:1].ids,
            "product_id": policy.product_ids[:1].id,
        }
        if self.env["sale.order"].has_access("read"):
            values["order_id"] = policy.order_ids[:1].id
        return {f"default_{name}": value for name, value in values.items() if value}

    def action_apply_latest(self):
        """Ask which open tickets shall be held to what the policy is now."""
        self.ensure_one()
        if not self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            raise AccessError(self.env._("Only managers apply a policy to open tickets."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply to Open Tickets"),
            "res_model": "crm.sla.apply",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_policy_id": self.id},
        }

    def action_open_tickets(self):
        """The open tickets that are held to these policies."""
        return self._open_tickets(Domain("policy_id", "in", self.ids))

    def action_open_outdated_tickets(self):
        return self._open_tickets(
            Domain("policy_id", "in", self.ids)
            & Domain("revision_id", "not in", self.revision_id.ids)
        )

    @api.model
    def _open_tickets(self, clocks):
        """:param clocks: domain on clocks"""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["domain"] = [
            ("closed_at", "=", False),
            ("sla_clock_ids", "any", list(clocks & Domain("state", "in", LIVE))),
        ]
        action["context"] = {}
        action["views"] = [(False, "list"), (False, "form")]
        return action

    # ------------------------------------------------------------------ applying

    def _get_outdated_tickets(self, after=0, limit=None):
        """Open tickets that are held to an earlier revision of this policy, whoever sees them.

        :param after: only those with a greater id
        """
        self.ensure_one()
        self.env["crm.sla.clock"].flush_model(["policy_id", "revision_id", "state"])
        self.env["crm.ticket"].flush_model(["closed_at"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT clock.ticket_id
                  FROM crm_sla_clock clock
                  JOIN crm_ticket ticket ON ticket.id = clock.ticket_id
                 WHERE clock.policy_id = %s
                   AND clock.revision_id IS DISTINCT FROM %s
                   AND clock.state IN %s
                   AND clock.ticket_id > %s
                   AND ticket.closed_at IS NULL
                 ORDER BY clock.ticket_id
                 LIMIT %s
                """,
                self.id,
                self.revision_id.id or None,
                LIVE,
                after,
                limit,
            )
        )
        return self.env["crm.ticket"].browse(row[0] for row in rows)

    def _warn(self, ticket):
        # A ticket that is only tried out has nobody who could be told
        return super()._warn(ticket) if ticket._origin else None

    # ------------------------------------------------------------------ in words

    def _describe_whom(self):
        conditions = self._list_conditions()
        period = self._describe_period()
        if not conditions:
            sentence = self.env._("Holds for every ticket of %s.", self.company_id.name)
        else:
            sentence = self.env._(
                "Holds for tickets %s.", format_list(self.env, conditions, style="standard")
            )
        return f"{sentence} {period}" if period else sentence

    def _list_conditions(self):
        """Each condition as the end of a sentence that begins with "tickets"."""
        found = []
        policy = self.sudo()  # sudo: names are shown of what the reader may read only
        if policy.team_ids:
            found.append(self.env._("of %s", self._name_any("team_ids")))
        if policy.partner_ids:
            found.append(self.env._("from %s and their people", self._name_any("partner_ids")))
        if policy.tier_ids:
            found.append(self.env._("from customers of the tier %s", self._name_any("tier_ids")))
        if policy.category_ids:
            found.append(self.env._("in the category %s or below", self._name_any("category_ids")))
        if policy.tag_ids and policy.tag_match == "all":
            tags = format_list(self.env, policy.tag_ids.mapped("name"), style="standard")
            found.append(self.env._("with all of the tags %s", tags))
        elif policy.tag_ids:
            found.append(self.env._("with the tag %s", self._name_any("tag_ids")))
        if policy.product_ids:
            found.append(self.env._("about %s", self._name_any("product_ids")))
        if policy.product_categ_ids:
            found.append(
                self.env._("about products of %s or below", self._name_any("product_categ_ids"))
            )
        if policy.order_ids:
            found.append(self.env._("under the order %s", self._name_any("order_ids")))
        if policy.domain:
            found.append(self.env._("that meet the further conditions"))
        return found

    def _name_any(self, field_name):
        # sudo: what the reader may not read is counted, and not named
        records = self.sudo()[field_name]
        named = self.env[records._name].browse(records._origin.ids)._filtered_access("read")
        names = named.mapped("display_name")
        if len(named) < len(records):
            names.append(self.env._("%s more", len(records) - len(named)))
        return format_list(self.env, names, style="or")

    def _describe_period(self):
        start, end = (day and format_date(self.env, day) for day in (self.date_from, self.date_to))
        if start and end:
            return self.env._("They were opened from %(start)s to %(end)s.", start=start, end=end)
        if start:
            return self.env._("They were opened on %s or later.", start)
        return end and self.env._("They were opened until %s.", end)

    def _describe_promises(self):
        sentences = {
            "first_response": self.env._("An agent first answers within %s."),
            "next_response": self.env._("Further messages of the customer are answered within %s."),
            "resolution": self.env._("The ticket is solved within %s."),
            "pickup": self.env._("Somebody is assigned within %s."),
            "team_time": self.env._("A team is done with the ticket within %s."),
        }
        for metric, sentence in sentences.items():
            targets = self.target_ids.filtered(lambda t, metric=metric: t.metric == metric)
            if targets:
                yield sentence % self._list_times(targets)

    def _list_times(self, targets):
        """02:00 (Urgent), 04:00 (High) and 08:00 (all others)"""
        ordered = targets.sorted(lambda t: t.priority or "", reverse=True)
        if len(ordered) == 1 and not ordered.priority:
            return clock_text(round(ordered.budget * 3600))
        names = dict(targets._fields["priority"]._description_selection(self.env))
        names[False] = self.env._("all others")
        return format_list(
            self.env,
            [f"{clock_text(round(t.budget * 3600))} ({names[t.priority]})" for t in ordered],
        )

    def _describe_hours(self):
        if self.mode == "always":
            return self.env._("Every hour counts, day and night.")
        if self.calendar_id:
            return self.env._("Hours count while %s are open.", self.calendar_id.name)
        return self.env._(
            "Hours count in the working hours of the team, else in those of the company."
        )

    def _describe_pauses(self):
        waits = {
            "customer": self.env._("waiting for the customer"),
            "third": self.env._("waiting for a third party"),
            "internal": self.env._("held by hand"),
        }
        metrics = dict(self.target_ids._fields["metric"]._description_selection(self.env))
        pauses = {}
        for target in self.target_ids:
            found = tuple(waits[wait] for wait in WAITS if target[f"pause_{wait}"])
            names = pauses.setdefault(found, [])
            if metrics.get(target.metric) not in names:
                names.append(metrics.get(target.metric, ""))
        for found, names in pauses.items():
            if found:
                yield self.env._(
                    "%(promises)s: time does not count while the ticket is %(waits)s.",
                    promises=format_list(self.env, names),
                    waits=format_list(self.env, found, style="or"),
                )

    def _describe_place(self):
        if self.stack == "add":
            return self.env._("It holds besides the other policies that cover a ticket.")
        return self.env._("Where policies further up in the list promise the same, they go first.")

    def _describe_reopening(self):
        if self.on_reopen == "new_cycle":
            sentence = self.env._("A ticket that is reopened starts again from zero.")
        else:
            sentence = self.env._("A ticket that is reopened goes on where it stopped.")
        if self.reopen_days:
            sentence += " " + self.env._(
                "Messages that come more than %s days after the end open a new ticket.",
                self.reopen_days,
            )
        return sentence
