from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

NEXT_LIMIT = 12
QUEUE_LIMIT = 5
TEAM_LIMIT = 50
# What leaders see of each agent, in this order
LOAD_COUNTERS = ("open", "overdue", "at_risk", "us")


class CrmTicketDesk(models.AbstractModel):
    """The home of an agent: what he has, and what he should do next.

    Every counter is counted with the very domain of the list that it opens.
    """

    _name = "crm.ticket.desk"
    _description = "My Desk"

    # ------------------------------------------------------------------ business

    @api.model
    def get_desk(self):
        """What the desk of the current user shows, read with his rights.

        :return: {"counters": [{key, label, help, icon, tone, count, model, domain}],
            "next": [ticket], "queue": [ticket], "teams": [{id, name, ...}]}; a ticket is
            {id, name, number, customer, priority, stage, team, deadline, remaining, live, state,
            metric, reason, since}, instants as text in UTC, `remaining` in hours of working time,
            `live` for the countdown: see `sla_live`
        """
        Ticket = self.env["crm.ticket"]
        Ticket.check_access("read")
        counters = self._get_counters()
        self._count(counters)
        return {
            "user": self.env.user.name,
            "counters": counters,
            "next": self._read_rows(self._search_next()),
            "queue": self._read_rows(self._search_queue()),
            "teams": self._read_teams(),
            "leads": bool(self._get_led_teams()),
        }

    @api.model
    def take(self, ticket_id):
        """Assign a ticket that nobody has to the current user.

        :return: True, or False when a colleague was faster
        """
        ticket = self.env["crm.ticket"].browse(ticket_id).exists()
        ticket.check_access("write")
        # Two who take the same ticket at once: only one of them gets the row
        ticket = ticket.try_lock_for_update()
        ticket.invalidate_recordset(["user_id"])
        if not ticket or (ticket.user_id and ticket.user_id != self.env.user):
            return False
        ticket.action_assign_to_me()
        return True

    # ------------------------------------------------------------------ counters

    @api.model
    def _get_counters(self):
        """The counters, each with the domain of the list that it opens."""
        Ticket = self.env["crm.ticket"]
        day_end = Ticket._get_day_start(Ticket._get_local_today() + timedelta(days=1))
        week, now = self._get_week_start(), Ticket._now()
        own, still_open = ("user_id", "=", self.env.uid), ("closed_at", "=", False)
        mine = [own, still_open]
        in_my_teams = ("team_id", "in", self._get_own_teams().ids)
        domains = {
            "open": mine,
            "overdue": [*mine, ("sla_state", "=", "overdue")],
            "at_risk": [*mine, ("sla_state", "=", "at_risk")],
            "today": [*mine, ("sla_deadline", ">=", now), ("sla_deadline", "<", day_end)],
            "us": [*mine, ("waiting_on", "=", "us")],
            "snoozed": [*mine, ("snoozed_until", ">", now), ("snoozed_until", "<", day_end)],
            "free": [("user_id", "=", False), still_open, in_my_teams],
            "solved": [own, ("stage_type", "in", ("solved", "closed")), ("closed_at", ">=", week)],
            "kept": [own, ("result", "=", "met"), ("stopped_at", ">=", week)],
        }
        labels = {
            "open": (self.env._("My open tickets"), "fa-ticket", "info"),
            "overdue": (self.env._("Overdue"), "fa-fire", "danger"),
            "at_risk": (self.env._("At risk"), "fa-hourglass-end", "warning"),
            "today": (self.env._("Due today"), "fa-calendar-check-o", "warning"),
            "us": (self.env._("Waiting on us"), "fa-reply", "primary"),
            "snoozed": (self.env._("Back from snooze today"), "fa-bell-o", "info"),
            "free": (self.env._("Unassigned in my teams"), "fa-inbox", "primary"),
            "solved": (self.env._("Solved this week"), "fa-check", "success"),
            "kept": (self.env._("Promises kept this week"), "fa-handshake-o", "success"),
        }
        helps = self._get_counter_helps()
        return [
            {
                "key": key,
                "label": label,
                "help": helps[key],
                "icon": icon,
                "tone": tone,
                "model": "crm.sla.clock" if key == "kept" else "crm.ticket",
                "domain": domains[key],
                "count": 0,
            }
            for key, (label, icon, tone) in labels.items()
        ]

    def _get_counter_helps(self):
        return {
            "open": self.env._("Tickets that are assigned to you and not closed."),
            "overdue": self.env._("A deadline of them has passed."),
            "at_risk": self.env._("Most of the time is spent; the deadline has not passed yet."),
            "today": self.env._("Their next deadline is later today."),
            "us": self.env._("The customer has had no answer to what he wrote last."),
            "snoozed": self.env._("Tickets that you have put aside until later today."),
            "free": self.env._("Open tickets of your teams that are assigned to nobody."),
            "solved": self.env._("Your tickets that were solved or closed since the week began."),
            "kept": self.env._("Service level targets of your tickets that were met this week."),
        }

    @api.model
    def _count(self, counters):
        """Fill in the counts; what is about the same tickets is counted by one query."""
        Ticket = self.env["crm.ticket"]
        mine = Domain("user_id", "=", self.env.uid) & Domain("closed_at", "=", False)
        of_mine = [c for c in counters if c["key"] not in ("free", "solved", "kept")]
        counts = self._count_all(Ticket, mine, [c["domain"] for c in of_mine])
        for counter, count in zip(of_mine, counts, strict=True):
            counter["count"] = count
        for counter in counters:
            if counter not in of_mine:
                counter["count"] = self.env[counter["model"]].search_count(counter["domain"])

    @api.model
    def _count_all(self, Model, base, domains):
        """How many records of `base` are in each of these domains, by one query."""
        query = Model._search(base)
        columns = [self._to_filter(Model, domain, query) for domain in domains]
        return self.env.execute_query(query.select(*columns))[0] if columns else ()

    @api.model
    def _to_filter(self, Model, domain, query):
        condition = Domain(domain).optimize_full(Model)
        if condition.is_true():
            return SQL("COUNT(*)")
        if condition.is_false():
            return SQL("0")
        return SQL("COUNT(*) FILTER (WHERE %s)", condition._to_sql(Model, Model._table, query))

    # ------------------------------------------------------------------ next

    @api.model
    def _search_next(self):
        """My tickets in the order in which they should be done.

        What is overdue comes first, then the nearest deadline, then who waits for an answer, then
        what is more urgent and older. What waits for somebody else can wait here, too, and so can
        what is snoozed, as long as its deadline is not near.
        """
        now = self.env["crm.ticket"]._now()
        is_awake = Domain("snoozed_until", "=", False) | Domain("snoozed_until", "<=", now)
        is_pressing = Domain("sla_risk_at", "<=", now) | Domain("sla_deadline", "<=", now)
        is_ours = Domain("waiting_on", "=", "us")
        mine = Domain("user_id", "=", self.env.uid) & Domain("closed_at", "=", False)
        return self.env["crm.ticket"].search(
            mine & (is_pressing | is_awake & is_ours), order=self._get_order(), limit=NEXT_LIMIT
        )

    @api.model
    def _search_queue(self):
        """Tickets of my teams that somebody should take, the most urgent first."""
        return self.env["crm.ticket"].search(
            [
                ("user_id", "=", False),
                ("closed_at", "=", False),
                ("team_id", "in", self._get_own_teams().ids),
            ],
            order=self._get_order(),
            limit=QUEUE_LIMIT,
        )

    @api.model
    def _get_order(self):
        # PostgreSQL puts what is empty last
        return "sla_deadline, unanswered_since, priority desc, opened_at, id"

    @api.model
    def _read_rows(self, tickets):
        now = self.env["crm.ticket"]._now()
        metrics = dict(tickets._fields["sla_next_metric"]._description_selection(self.env))
        return [
            {
                "id": ticket.id,
                "name": ticket.name,
                "number": ticket.number,
                "customer": ticket.partner_id.display_name or ticket.email_from or "",
                "is_vip": ticket.is_vip,
                "priority": int(ticket.priority),
                "stage": ticket.stage_id.display_name,
                "team": ticket.team_id.display_name or "",
                "state": ticket.sla_state or "",
                "deadline": _text(ticket.sla_deadline),
                "remaining": ticket.sla_remaining,
                "live": ticket.sla_live,
                "metric": metrics.get(ticket.sla_next_metric, ""),
                **self._get_reason(ticket, now),
            }
            for ticket in tickets
        ]

    @api.model
    def _get_reason(self, ticket, now):
        """Why a ticket is where it is in the list: a key, and since or until when."""
        if ticket.sla_deadline and ticket.sla_deadline < now:
            return {"reason": "overdue", "since": _text(ticket.sla_deadline)}
        if ticket.sla_deadline:
            return {"reason": "deadline", "since": _text(ticket.sla_deadline)}
        if ticket.unanswered_since:
            return {"reason": "unanswered", "since": _text(ticket.unanswered_since)}
        if ticket.priority in ("2", "3"):
            return {"reason": "priority", "since": _text(ticket.opened_at)}
        return {"reason": "age", "since": _text(ticket.opened_at)}

    # ------------------------------------------------------------------ team

    @api.model
    def _read_teams(self):
        """The load of each agent in the teams that the reader leads, by one query."""
        teams = self._get_led_teams()
        if not teams:
            return []
        Ticket = self.env["crm.ticket"]
        domains = {
            "open": [],
            "overdue": [("sla_state", "=", "overdue")],
            "at_risk": [("sla_state", "=", "at_risk")],
            "us": [("waiting_on", "=", "us")],
        }
        base = [("team_id", "in", teams.ids), ("closed_at", "=", False)]
        query = Ticket._search(base)
        keys = [Ticket._field_to_sql("crm_ticket", name, query) for name in ("team_id", "user_id")]
        columns = [self._to_filter(Ticket, domains[name], query) for name in LOAD_COUNTERS]
        query.groupby = SQL(", ").join(keys)
        loads = {
            (team_id, user_id): dict(zip(LOAD_COUNTERS, counts, strict=True))
            for team_id, user_id, *counts in self.env.execute_query(query.select(*keys, *columns))
        }
        return [self._prepare_team(team, loads, base, domains) for team in teams]

    @api.model
    def _prepare_team(self, team, loads, base, domains):
        nothing = dict.fromkeys(LOAD_COUNTERS, 0)
        user_ids = {user_id for team_id, user_id in loads if team_id == team.id and user_id}
        # sudo: the names of colleagues are no secret, also of those who left
        users = (self.env["res.users"].browse(user_ids) | team.member_ids).sudo()
        own = [("team_id", "=", team.id), ("closed_at", "=", False)]
        rows = [
            {
                "id": user.id,
                "name": user.name,
                "domain": [*own, ("user_id", "=", user.id)],
                **loads.get((team.id, user.id), nothing),
            }
            for user in users
        ]
        rows.sort(key=lambda row: (-row["overdue"], -row["open"], row["name"]))
        free = loads.get((team.id, None), nothing)
        total = {
            name: sum(load[name] for (team_id, _user), load in loads.items() if team_id == team.id)
            for name in LOAD_COUNTERS
        }
        return {
            "id": team.id,
            "name": team.display_name,
            "domain": own,
            "filters": {name: domain for name, domain in domains.items()},
            "total": total,
            "unassigned": {"domain": [*own, ("user_id", "=", False)], **free},
            "agents": rows,
        }

    # ------------------------------------------------------------------ who and when

    @api.model
    def _get_own_teams(self):
        """The teams that the user leads or belongs to, of the companies that he has chosen."""
        # sudo: the teams of a user are his own
        teams = self.env.user.sudo().ticket_team_ids
        return teams.filtered(
            lambda team: team.active and team.company_id in self.env.companies
        ).sudo(False)

    @api.model
    def _get_led_teams(self):
        """The teams whose figures the user may see as a whole: managers see all."""
        if self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return self.env["crm.ticket.team"].search([], limit=TEAM_LIMIT)
        return self._get_own_teams().filtered(lambda team: team.user_id == self.env.user)

    @api.model
    def _get_week_start(self):
        """The instant at which the week began, by the first day of the week of the language."""
        Ticket = self.env["crm.ticket"]
        today = Ticket._get_local_today()
        first = int(self.env["res.lang"]._get_data(code=self.env.lang or "en_US").week_start or 7)
        return Ticket._get_day_start(today - timedelta(days=(today.isoweekday() - first) % 7))


def _text(moment):
    return fields.Datetime.to_string(moment) if moment else False
