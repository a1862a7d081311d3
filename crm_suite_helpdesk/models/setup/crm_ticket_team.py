from odoo import api, models
from odoo.fields import Command, Domain

from ...lib import desk
from ..ticket.crm_ticket import PRIORITIES

# The promises that setting up a desk asks for
METRICS = ("first_response", "resolution")

# What it proposes: hours of working time until the first response and the solution, by priority.
# With eight hours a day that is two days and two weeks, one and one, half and two, an hour and one.
PROMISES = {"0": (16, 80), "1": (8, 40), "2": (4, 16), "3": (1, 8)}

# By what else than the team a policy may be limited
LIMITS = (
    "partner_ids",
    "tier_ids",
    "category_ids",
    "tag_ids",
    "product_ids",
    "product_categ_ids",
    "order_ids",
    "domain",
    "date_from",
    "date_to",
)

# Day names in the order of `lib/desk.py`, as the set-up calls its fields
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Policies that the set-up makes come after those for certain customers
POLICY_SEQUENCE = 50


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    def action_set_up(self):
        """Ask the five questions again, with the answers of this team."""
        self.ensure_one()
        return self.env["crm.ticket.team.setup"]._open(self)

    # ------------------------------------------------------------------ answers

    def _get_answers(self):
        """What the team would answer if it were set up as it is: values of the set-up."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "name": self.name,
            "alias_name": self.alias_name,
            "alias_domain_id": self.alias_domain_id.id,
            "user_id": self.user_id.id,
            "member_ids": [Command.set(self.member_ids.ids)],
            **self._get_answers_on_time(),
        }

    def _get_answers_on_time(self):
        self.ensure_one()
        values, policy = {}, self._get_own_policy()
        if self.calendar_id:
            own = self._get_own_calendar()
            values = {"hours": "calendar", "calendar_id": self.calendar_id.id}
            week = own and desk.read_week(
                (int(a.dayofweek), a.hour_from, a.hour_to)
                for a in own.attendance_ids.filtered(lambda a: a._is_work_period())
            )
            if week and not own.two_weeks_calendar and not own.flexible_hours:
                values = self._get_answers_on_week(*week)
                values["tz"] = own.tz
                values["holiday_ids"] = self._list_holidays(own, keep=True)
        if policy:
            if policy.mode == "always":
                values["hours"] = "always"
            values.update(self._get_answers_on_promises(policy))
        return values

    @api.model
    def _get_answers_on_week(self, days, spans):
        values = {
            "hours": "day",
            "hour_from": spans[0][0],
            "hour_to": spans[-1][1],
            "has_break": len(spans) == 2,
            "weekend": desk.weekend_named(days) or "own",
            **{name: number in days for number, name in enumerate(DAYS)},
        }
        if len(spans) == 2:
            values.update(break_from=spans[0][1], break_to=spans[1][0])
        return values

    @api.model
    def _get_answers_on_promises(self, policy):
        budgets = {(target.metric, target.priority): target.budget for target in policy.target_ids}
        metrics = {metric for metric, _priority in budgets}
        lines = []
        for priority, usual in sorted(PROMISES.items(), reverse=True):
            found = [
                budgets.get((metric, priority)) or budgets.get((metric, False))
                for metric in METRICS
            ]
            first, last = (hours or other for hours, other in zip(found, usual, strict=True))
            lines.append(
                Command.create(
                    {
                        "priority": priority,
                        "promised": any(found),
                        "first_response": first,
                        "resolution": last,
                    }
                )
            )
        return {
            "promises_response": "first_response" in metrics,
            "promises_resolution": "resolution" in metrics,
            "promise_ids": [Command.clear(), *lines],
        }

    @api.model
    def _list_holidays(self, calendar, keep):
        """Days off of working hours as lines of the set-up.

        :param keep: whether the lines stand for these very days off, which can be changed then
        """
        # sudo: not everybody may read all days off; these are of the hours of the company or team
        calendar = calendar.sudo()
        leaves = self._get_holidays(calendar).sorted("date_from")
        return [
            Command.clear(),
            *(
                Command.create(
                    {
                        "name": leave.name or self.env._("Holiday"),
                        "date_from": first,
                        "date_to": last,
                        "leave_id": keep and leave.id,
                    }
                )
                for leave in leaves
                for first, last in [desk.whole_days(leave.date_from, leave.date_to, calendar.tz)]
            ),
        ]

    # ------------------------------------------------------------------ hours

    def _get_own_calendar(self):
        """The working hours of this team if nobody else works in them.

        Whoever sets up a desk must not change by it when other people work.
        """
        self.ensure_one()
        # sudo: users may not read who works in which hours
        calendar = self.sudo().calendar_id
        if not calendar or calendar.company_id != self.company_id:
            return calendar.browse()
        in_use = Domain("calendar_id", "in", calendar.ids)
        # sudo: as above, of all companies and archived or not
        env = self.with_context(active_test=False).sudo().env
        others = (
            env["res.company"].search_count([("resource_calendar_id", "in", calendar.ids)], limit=1)
            or env["resource.resource"].search_count(in_use, limit=1)
            or env["crm.ticket.team"].search_count(in_use & Domain("id", "!=", self.id), limit=1)
        )
        return calendar.browse() if others else calendar

    def _set_hours(self, working_days, spans, tz, holidays):
        """Give the team working hours of its own, or change those that it has.

        :param working_days: set of weekdays
        :param spans: (from, to) of each working day, in hours
        :param holidays: (name, first day, last day, leave or empty recordset)
        """
        self.ensure_one()
        calendar = self._get_own_calendar()
        week = {(day, *span) for day in working_days for span in spans}
        if not calendar:
            # sudo: only administrators may create working hours; these are of this team alone
            self.calendar_id = calendar.sudo().create(
                {
                    "name": self.env._("Hours of %s", self.name),
                    "company_id": self.company_id.id,
                    "tz": tz,
                    "attendance_ids": self._prepare_attendances(week),
                    # Named, or core copies the days off of the company
                    "global_leave_ids": [
                        Command.create(self._prepare_leave(name, first, last, tz))
                        for name, first, last, _leave in holidays
                    ],
                }
            )
            return
        moved = calendar.tz != tz
        if moved:
            calendar.tz = tz
        present = {
            (int(a.dayofweek), a.hour_from, a.hour_to)
            for a in calendar.attendance_ids.filtered(lambda a: a._is_work_period())
        }
        if present != week:
            calendar.attendance_ids = [Command.clear(), *self._prepare_attendances(week)]
        self._set_holidays(calendar, holidays)

    def _set_holidays(self, calendar, holidays):
        kept, new = calendar.leave_ids.browse(), []
        for name, first, last, leave in holidays:
            values = self._prepare_leave(name, first, last, calendar.tz)
            if leave and leave.calendar_id == calendar:
                kept |= leave
                changed = {key: value for key, value in values.items() if leave[key] != value}
                if changed:
                    leave.write(changed)
            else:
                new.append({**values, "calendar_id": calendar.id})
        (self._get_holidays(calendar) - kept).unlink()
        calendar.leave_ids.create(new)

    def _get_holidays(self, calendar):
        """Days off of working hours that the set-up asks for: whole days, none long past."""
        since = f"{self.env.cr.now().year - 1}-01-01"
        return calendar.leave_ids.filtered_domain(
            [
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, *(self or calendar).company_id.ids]),
                ("date_to", ">=", since),
            ]
        ).filtered(lambda leave: desk.whole_days(leave.date_from, leave.date_to, calendar.tz))

    def _prepare_leave(self, name, first, last, tz):
        begin, end = desk.day_limits(first, last, tz)
        return {"name": name, "date_from": begin, "date_to": end}

    def _prepare_attendances(self, week):
        days = dict(
            self.env["resource.calendar.attendance"]
            ._fields["dayofweek"]
            ._description_selection(self.env)
        )
        return [
            Command.create(
                {
                    "name": days[str(day)],
                    "dayofweek": str(day),
                    "hour_from": start,
                    "hour_to": end,
                    "day_period": "morning" if start < 12 else "afternoon",
                }
            )
            for day, start, end in sorted(week)
        ]

    # ------------------------------------------------------------------ promises

    def _get_own_policy(self):
        """The policy for just this team, whoever its customers and whatever its tickets are."""
        self.ensure_one()
        policies = self.env["crm.sla.policy"].search([("team_ids", "in", self.ids)])
        return policies.filtered(
            lambda policy: policy.team_ids == self and not self._is_limited(policy)
        )[:1]

    @api.model
    def _is_limited(self, policy):
        """Whether a policy looks at more than the team of a ticket."""
        limits = policy.sudo()  # whoever may not read the orders must know that there are some
        return any(limits[name] for name in LIMITS if name in limits)

    def _set_promises(self, mode, budgets):
        """Promise this to the customers of the team, in a policy of its own.

        Other promises of that policy stay as they are.

        :param mode: "working" or "always"
        :param budgets: {(metric, priority): seconds, None for no promise}
        :return: the policy
        """
        self.ensure_one()
        policy = self._get_own_policy()
        commands = [
            command
            for metric in METRICS
            for command in self._prepare_targets(policy, metric, budgets)
        ]
        if not policy:
            policy = policy.create(
                {
                    "name": self.name,
                    "sequence": self._get_policy_sequence(),
                    "company_id": self.company_id.id,
                    "team_ids": [Command.set(self.ids)],
                    "mode": mode,
                    "target_ids": commands,
                }
            )
            policy._escalate_in(mode)
            return policy
        values = {}
        if commands:
            values["target_ids"] = commands
        if policy.mode != mode:
            values["mode"] = mode
        if values:
            policy.write(values)
        if "mode" in values:
            policy._escalate_in(mode)
        return policy

    def _get_policy_sequence(self):
        """The place of a new policy of the team: before those that cover everybody."""
        general = (
            self.env["crm.sla.policy"]
            .search([("company_id", "=", self.company_id.id), ("team_ids", "=", False)])
            .filtered(lambda policy: not self._is_limited(policy))
        )
        return min([POLICY_SEQUENCE, *(policy.sequence - 1 for policy in general)])

    def _prepare_targets(self, policy, metric, budgets):
        """Commands that make a policy promise these budgets; what does already stays."""
        targets = {
            target.priority: target for target in policy.target_ids if target.metric == metric
        }
        wanted = {priority: budgets.get((metric, priority)) for priority, _name in PRIORITIES}
        rest = targets.pop(False, None)
        commands = []
        if rest and None in wanted.values():
            # A target for all others would promise something where nothing shall be promised
            commands.append(Command.delete(rest.id))
            rest = None
        for priority, seconds in wanted.items():
            own = targets.get(priority)
            if own and seconds is None:
                commands.append(Command.delete(own.id))
            elif own and own.budget_s != seconds:
                commands.append(Command.update(own.id, {"budget_s": seconds}))
            elif not own and seconds is not None and not (rest and rest.budget_s == seconds):
                commands.append(
                    Command.create({"metric": metric, "priority": priority, "budget_s": seconds})
                )
        return commands
