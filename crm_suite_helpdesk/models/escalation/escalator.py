"""What the steps of escalation ladders do to tickets and people."""

import logging
from collections import defaultdict

import psycopg2
from markupsafe import Markup

from odoo import fields
from odoo.fields import Command

_logger = logging.getLogger(__name__)


class Escalator:
    """Acts for a batch of events, in the transaction that records them.

    Nothing that is wrong with a rule stops it: what could not be done is noted on the event, in the
    history of the ticket and on the rule, and the leader of the team is asked to look after it.
    """

    def __init__(self, events):
        self.env = events.env
        self.events = events
        self.tickets = events.ticket_id
        self.done = defaultdict(list)
        self.problems = defaultdict(list)
        self._readers = {}
        self._group_members = {}
        self._managers = {}

    def act(self):
        audience = {event: self._get_audience(event) for event in self.events}
        for event in self.events:
            self._change_ticket(event)
        self._plan_activities(audience)
        self._note_notices(audience)
        for event in self.events:
            event.outcome = {"done": self.done[event], "problems": self.problems[event]}
        self._report_problems()
        self._log()

    # ------------------------------------------------------------------ people

    def _get_audience(self, event):
        """Whom the rule of an event means: users who may read the ticket."""
        rule, ticket = event.rule_id, event.ticket_id
        users = rule.user_ids
        if rule.to_agent:
            users |= self._get_agent(event)
        if rule.to_leader:
            users |= self._get_leader(event)
        if rule.to_managers:
            users |= self._get_managers(event)
        for group in rule.group_ids:
            members = self._get_members(group, ticket.company_id)
            if not members:
                self.problems[event].append(["empty_group", group.id])
            users |= members
        found = self._keep_reachable(event, users)
        if not found and rule._has_recipients():
            self.problems[event].append(["nobody", None])
        return found

    def _get_agent(self, event):
        agent = event.ticket_id.user_id
        if agent and not agent.active:
            self.problems[event].append(["archived", agent.id])
        return agent if agent.active else self._get_leader(event)

    def _get_leader(self, event):
        leader = event.ticket_id.team_id.user_id
        if leader.active:
            return leader
        entry = ["archived", leader.id] if leader else ["no_leader", None]
        if entry not in self.problems[event]:
            self.problems[event].append(entry)
        return self._get_helpdesk_managers(event.ticket_id.company_id)

    def _get_managers(self, event):
        leader = event.ticket_id.team_id.user_id
        manager = leader.browse()
        if leader and "employee_id" in leader._fields:  # with the Employees app
            company = event.ticket_id.company_id
            manager = leader.with_company(company).employee_id.parent_id.user_id
        return (
            manager if manager.active else self._get_helpdesk_managers(event.ticket_id.company_id)
        )

    def _get_helpdesk_managers(self, company):
        group = self.env.ref("crm_suite_helpdesk.group_manager")
        if company not in self._managers:
            # the superuser is no person
            self._managers[company] = self._get_members(group, company) - self.env.ref(
                "base.user_root"
            )
        return self._managers[company]

    def _get_members(self, group, company):
        key = (group, company)
        if key not in self._group_members:
            self._group_members[key] = group.all_user_ids.filtered(
                lambda user: user.active and not user.share and company in user.company_ids
            )
        return self._group_members[key]

    def _keep_reachable(self, event, users):
        reachable = users.browse()
        for user in users:
            if not user.active:
                entry = ["archived", user.id]
            elif event.ticket_id not in self._get_readable(user):
                entry = ["no_access", user.id]
            else:
                reachable |= user
                continue
            if entry not in self.problems[event]:
                self.problems[event].append(entry)
        return reachable

    def _get_readable(self, user):
        """Tickets of the batch that a user may read, whatever he is told of them."""
        if user not in self._readers:
            own = self.tickets.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids, active_test=False
            )
            self._readers[user] = self.tickets.browse(own._filtered_access("read").ids)
        return self._readers[user]

    # ------------------------------------------------------------------ tickets

    def _change_ticket(self, event):
        """Do what the rule does to the ticket. What fails is undone and said."""
        done, problems = [], []
        try:
            values = self._prepare_ticket_values(event, done, problems)
            if values:
                with self.env.cr.savepoint():
                    event.ticket_id.write(values)
        except psycopg2.OperationalError:
            raise  # somebody else is at work on the ticket: the batch is begun again
        except Exception as error:
            _logger.info("Escalation %s of %s failed", event.id, event.ticket_id, exc_info=True)
            self.env.invalidate_all(flush=False)
            done, problems = [], [["error", str(error)]]
        self.done[event] += done
        self.problems[event] += problems

    def _prepare_ticket_values(self, event, done, problems):
        rule, ticket = event.rule_id, event.ticket_id
        values = {}
        if rule.team_id and rule.team_id != ticket.team_id:
            if rule.team_id.active:
                values["team_id"] = rule.team_id.id
                done.append(["moved", rule.team_id.id])
            else:
                problems.append(["archived_team", rule.team_id.id])
        priorities = [key for key, _name in ticket._fields["priority"].selection]
        if rule.raise_priority and ticket.priority != priorities[-1]:
            values["priority"] = priorities[priorities.index(ticket.priority) + 1]
            done.append(["priority", values["priority"]])
        if new_tags := rule.tag_ids - ticket.tag_ids:
            values["tag_ids"] = [Command.link(tag.id) for tag in new_tags]
            done.append(["tags", new_tags.ids])
        if rule.assign_to:
            team = rule.team_id if "team_id" in values else ticket.team_id
            user = rule.assign_user_id if rule.assign_to == "user" else team.user_id
            if not user:
                problems.append(["no_leader", None])
            elif not user.active or ticket.company_id not in user.company_ids:
                problems.append(["cannot_assign", user.id])
            elif user != ticket.user_id:
                values["user_id"] = user.id
                done.append(["assigned", user.id])
        return values

    # ------------------------------------------------------------------ telling

    def _plan_activities(self, audience):
        """Plan the activities of the rules, unless the same one is waiting for the user already."""
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        wanted = [
            (event, user)
            for event, users in audience.items()
            if event.rule_id.activity_type_id
            for user in users
        ]
        if not wanted:
            return
        open_ones = Activity.search(
            [
                ("res_model", "=", "crm.ticket"),
                ("res_id", "in", self.tickets.ids),
                ("automated", "=", True),
                ("user_id", "in", [user.id for _event, user in wanted]),
            ]
        )
        known = {(a.res_id, a.user_id.id, a.activity_type_id.id) for a in open_ones}
        model_id = self.env["ir.model"]._get_id("crm.ticket")
        values_list = []
        for event, user in wanted:
            activity_type = event.rule_id.activity_type_id
            key = (event.ticket_id.id, user.id, activity_type.id)
            if key in known:
                continue
            known.add(key)
            self.done[event].append(["activity", user.id])
            translated = event.with_context(lang=user.lang, tz=user.tz)
            values_list.append(
                {
                    "res_model_id": model_id,
                    "res_id": event.ticket_id.id,
                    "user_id": user.id,
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "summary": translated._get_headline(),
                    "note": translated.rule_id.note,
                    "date_deadline": fields.Date.context_today(translated),
                }
            )
        Activity.create(values_list)

    def _note_notices(self, audience):
        """Write down who is to be told, and how."""
        values_list = []
        for event, users in audience.items():
            channel = event.rule_id.notify
            if not channel:
                continue
            for user in users | self._get_new_agent(event):
                way = channel
                by_mail = way == "email" or user.notification_type == "email"
                if way != "inbox" and by_mail and not user.email:
                    self.problems[event].append(["no_email", user.id])
                    way = "inbox"
                values_list.append({"event_id": event.id, "user_id": user.id, "channel": way})
        self.env["crm.sla.notice"].create(values_list)

    def _get_new_agent(self, event):
        ids = [value for code, value in self.done[event] if code == "assigned"]
        return self.env["res.users"].browse(ids)

    # ------------------------------------------------------------------ history

    def _log(self):
        """Note in the history of each ticket what was due and what was done."""
        lines = defaultdict(list)
        for event in self.events:
            lines[event.ticket_id].append(event)
        by_language = defaultdict(dict)
        for ticket, events in lines.items():
            language = self._get_language(ticket)
            texts = [event.with_context(lang=language)._get_history_text() for event in events]
            by_language[language][ticket.id] = Markup("<br/>").join(texts)
        for language, bodies in by_language.items():
            tickets = self.tickets.browse(bodies).with_context(lang=language)
            tickets._message_log_batch(bodies)

    def _get_language(self, ticket):
        return ticket.team_id.user_id.lang or ticket.company_id.partner_id.lang or self.env.lang

    def _report_problems(self):
        """Say on the rule what is wrong with it, and ask a leader to look after it, once."""
        now = self.env["crm.ticket"]._now()
        for event in self.events:
            rule, problems = event.rule_id, self.problems[event]
            if not problems or rule.problem:
                continue
            ticket = event.ticket_id
            text = event.with_context(lang=self._get_language(ticket)).problem_text
            rule.write({"problem": text, "problem_at": now})
            leader = ticket.team_id.user_id
            if not leader.active or ticket not in self._get_readable(leader):
                leader = self._get_helpdesk_managers(ticket.company_id)[:1]
            if not leader:
                continue
            translated = event.with_context(lang=leader.lang)
            event.ticket_id.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_warning",
                summary=translated.env._("Check an SLA escalation rule"),
                note=translated.env._(
                    "%(policy)s, %(rule)s: %(problem)s",
                    policy=event.policy_id.name,
                    rule=translated.label,
                    problem=translated.problem_text,
                ),
                user_id=leader.id,
            )
