"""Choosing an agent for a batch of tickets with a fixed number of queries, and telling why."""

from collections import defaultdict
from datetime import datetime, timedelta

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import MissingError
from odoo.tools import SQL, format_date, format_datetime, format_list, html2plaintext

from ...lib.routing import Agent, Request, Terms, guess_language, route, take

GROUP = "crm_suite_helpdesk.group_agent"
TEXT_READ = 4000  # of a description, to tell its language
NAMED = 20  # of those who were left out


class Router:
    """Decides about a batch of tickets.

    :param tickets: as superuser; open, without an agent, and locked
    """

    def __init__(self, tickets):
        self.env = tickets.env
        self.tickets = tickets
        self.now = tickets._now()
        self.agents = {}  # team: [Agent]
        self.records = {}  # id: crm.ticket.agent
        self.skills = {}  # (ids of categories, ids of tags): ids of skills
        self.latest = datetime.min

    def route(self):
        """Return an `Outcome` for each ticket, those of the same team in the order of the tickets.

        Afterwards `changed` tells what was noted about each agent.
        """
        self._learn()
        outcomes = {}
        for ticket in self.tickets:
            team = ticket.team_id
            terms = Terms(team._get_method(), team.assignment_fit, team.assignment_off_hours)
            outcome = route(self._get_request(ticket), self.agents[team], terms, self.now)
            if outcome.agent:
                self._take(team, outcome, terms)
            outcomes[ticket] = outcome
        return outcomes

    def save(self):
        """Write down who got a ticket last, and who is owed one.

        This also makes others notice who read the same figures before: see `_lock`.
        """
        for agents in self.agents.values():
            for agent in agents:
                record = self.records[agent.key]
                values = {"credit": agent.credit}
                if agent.last_at != (record.last_assigned_at or datetime.min):
                    values["last_assigned_at"] = agent.last_at
                elif agent.credit == record.credit:
                    continue
                record.write(values)

    # ------------------------------------------------------------------ facts

    def _learn(self):
        teams = self.tickets.team_id
        records = teams.agent_ids
        counts = records._count_open_tickets()
        # sudo: everybody's group memberships, for nobody gets what he may not open
        may_help = set(self.env.ref(GROUP).sudo().all_user_ids.ids)
        self.languages = {
            record: frozenset(code.partition("_")[0] for code in record.language_ids.mapped("code"))
            for record in records
        }
        for team in teams:
            until = self.now + timedelta(hours=team.assignment_wait_hours)
            starts = team.agent_ids._get_next_work(self.now, until)
            self.agents[team] = [
                self._prepare_agent(record, counts.get(record, 0), starts[record.id], may_help)
                for record in team.agent_ids
            ]
        self.latest = max(
            (agent.last_at for agents in self.agents.values() for agent in agents),
            default=datetime.min,
        )
        self.needs = self._get_needs()
        self.favourites = self._find_favourites()

    def _prepare_agent(self, record, count, start, may_help):
        self.records[record.id] = record
        return Agent(
            key=record.id,
            user=record.user_id.id,
            weight=record.weight,
            capacity=record.capacity,
            open_count=count,
            credit=record.credit,
            last_at=record.last_assigned_at or datetime.min,
            skills=frozenset(record.skill_ids.ids),
            languages=self.languages[record],
            categories=frozenset(record.category_ids.ids),
            tags=frozenset(record.tag_ids.ids),
            absence=self._find_absence(record, may_help),
            starts_at=start,
        )

    def _find_absence(self, record, may_help):
        user = record.user_id
        if not user.active or user.share:
            return ("no_account",)
        if user.id not in may_help:
            return ("no_rights",)
        if record.team_id.company_id not in user.company_ids:
            return ("other_company",)
        if not record.accepts:
            return ("paused",)
        if (record._get_return() or self.now) > self.now:
            return ("away", record.away_until)
        return None

    def _get_request(self, ticket):
        category = ticket.category_id
        log = ticket.assignment_log or {}
        text = f"{ticket.name or ''} {html2plaintext(ticket.description or '')[:TEXT_READ]}"
        return Request(
            skills=frozenset(self.needs[ticket].ids),
            language=guess_language(text, ticket.partner_id.lang or ""),
            categories=frozenset(
                int(key) for key in (category.parent_path or "").split("/") if key
            ),
            tags=frozenset(ticket.tag_ids.ids),
            favourites=self.favourites[ticket],
            passed=frozenset(log.get("passed") or ()),
        )

    def _get_needs(self):
        return {ticket: ticket.needed_skill_ids for ticket in self.tickets}

    def _find_favourites(self):
        """The salesperson of the customer, then who answered him last, where the team wants it."""
        favourites, last = defaultdict(list), self._find_last_agents()
        for ticket in self.tickets:
            customer = ticket.partner_id
            owner = customer.user_id or customer.commercial_partner_id.user_id
            if ticket.team_id.assignment_keep_owner and owner:
                favourites[ticket].append((owner.id, "owner"))
            if user_id := last.get(ticket.id):
                favourites[ticket].append((user_id, "sticky"))
        return {ticket: tuple(favourites[ticket]) for ticket in self.tickets}

    def _find_last_agents(self):
        """Who had the last ticket of the same person in the same team, by the id of the ticket;
        each is found by one step in an index.
        """
        asking = self.tickets.filtered("team_id.assignment_sticky_days")
        if not asking:
            return {}
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s::timestamp)",
                ticket.id,
                ticket.team_id.id,
                ticket.partner_id.id or 0,
                ticket.email_normalized or "",
                self.now - timedelta(days=ticket.team_id.assignment_sticky_days),
            )
            for ticket in asking
        )
        self.tickets.flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT asking.id, COALESCE(by_partner.user_id, by_email.user_id)
                      FROM (VALUES %s) AS asking(id, team_id, partner_id, email, since)
                      LEFT JOIN LATERAL (
                           SELECT user_id FROM crm_ticket
                            WHERE partner_id = asking.partner_id
                              AND opened_at >= asking.since
                              AND team_id = asking.team_id
                              AND user_id IS NOT NULL
                              AND id != asking.id
                            ORDER BY opened_at DESC, id DESC
                            LIMIT 1
                      ) by_partner ON asking.partner_id != 0
                      LEFT JOIN LATERAL (
                           SELECT user_id FROM crm_ticket
                            WHERE email_normalized = asking.email
                              AND create_date >= asking.since
                              AND team_id = asking.team_id
                              AND user_id IS NOT NULL
                              AND id != asking.id
                            ORDER BY create_date DESC, id DESC
                            LIMIT 1
                      ) by_email ON asking.partner_id = 0 AND asking.email != ''
                    """,
                    rows,
                )
            )
        )

    # ------------------------------------------------------------------ choice

    def _take(self, team, outcome, terms):
        """The ticket counts wherever this person's tickets are counted."""
        chosen = outcome.agent
        self.latest = max(self.now, self.latest + timedelta(microseconds=1))
        take(chosen, outcome.group, terms.method, self.latest)
        for other_team, agents in self.agents.items():
            if other_team != team and other_team.assignment_load == "all":
                for agent in agents:
                    if agent.user == chosen.user:
                        agent.open_count += 1


# ---------------------------------------------------------------------- words


def to_log(outcome, method, passed):
    """What is kept of an outcome, for those who ask later: names are looked up when it is read."""
    return {
        "state": outcome.state,
        "method": method,
        "user": outcome.agent.user if outcome.agent else False,
        "wake_at": _store(outcome.wake_at),
        "reasons": [[_store(value) for value in reason] for reason in outcome.reasons],
        "left_out": [[_store(value) for value in line] for line in outcome.left_out],
        "passed": sorted(passed),
    }


def _store(value):
    if isinstance(value, datetime):
        return fields.Datetime.to_string(value)
    return fields.Date.to_string(value) if hasattr(value, "isoformat") else value


def render_story(ticket, log, env):
    """Tell why a ticket went to whom it went, or to nobody, in the language of the environment.

    :return: Markup
    """
    names = _get_names(env["res.users"], [line[0] for line in log["left_out"]])
    words = Words(env, ticket)
    lines = [words.reason(*reason) for reason in log["reasons"]]
    lines += [
        env._(
            "Not %(user)s: %(reason)s",
            user=names.get(user, "?"),
            reason=words.obstacle(*obstacle),
        )
        for user, *obstacle in log["left_out"][:NAMED]
    ]
    if len(log["left_out"]) > NAMED:
        lines.append(env._("Nor %(count)s more.", count=len(log["left_out"]) - NAMED))
    if not log["left_out"] and not log["reasons"]:
        lines.append(env._("The team has no members."))
    items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
    return Markup("<p>%s</p><ul>%s</ul>") % (words.title(log), items)


def _get_names(model, ids):
    """The names of records by their ids; those that are gone are left out."""
    # sudo: names of colleagues and skills are no secret, also of what was archived
    records = model.sudo().browse(ids)
    try:
        return {record.id: record.name for record in records}
    except MissingError:
        return {record.id: record.name for record in records.exists()}


class Words:
    """Codes in the language of an environment."""

    def __init__(self, env, ticket):
        self.env = env
        self.ticket = ticket.with_env(env)

    def title(self, log):
        # sudo: the name of the team
        team = self.ticket.sudo().team_id.display_name
        if log["state"] == "automatic":
            return self.env._(
                "Assigned automatically to %(user)s, team %(team)s, because:",
                user=_get_names(self.env["res.users"], [log["user"]]).get(log["user"], "?"),
                team=team,
            )
        if log["state"] == "later":
            return self.env._(
                "Nobody who can take this ticket is at work. It is assigned at %(time)s.",
                time=self._time(log["wake_at"]),
            )
        return self.env._(
            "Nobody of the team %(team)s is available for this ticket. It stays unassigned until "
            "somebody is.",
            team=team,
        )

    def reason(self, code, *values):
        env = self.env
        if code == "owner":
            return env._("Is the salesperson of the customer.")
        if code == "sticky":
            return env._("Had the last ticket of this customer.")
        if code == "has_skills":
            return env._("Skills: %(names)s.", names=self._skills(values))
        if code == "speaks":
            return env._("Speaks %(language)s.", language=self._language(*values))
        if code == "although":
            return env._("Nobody fits better, although: %(reason)s.", reason=self.obstacle(*values))
        if code == "only_one":
            return env._("Is the only one who can take it now.")
        if code == "round_robin":
            return env._("Has waited longest for a ticket.")
        if code == "weighted":
            return env._(
                "Is due by weight: %(weight)s of %(total)s.", weight=values[0], total=values[1]
            )
        if code == "starts_at":
            return env._("Is at work again at %(time)s.", time=self._time(*values))
        return env._("Fewest open tickets: %(count)s.", count=values[0])

    def obstacle(self, code, *values):
        env = self.env
        if code == "lacks_skills":
            return env._("lacks a skill (%(names)s)", names=self._skills(values))
        if code == "speaks_not":
            return env._("does not speak %(language)s", language=self._language(*values))
        if code == "full":
            return env._(
                "has %(count)s open tickets, the limit is %(limit)s",
                count=values[0],
                limit=values[1],
            )
        if code == "away":
            date = fields.Date.to_date(values[0])
            return env._("away until %(date)s", date=format_date(env, date))
        if code == "off_until":
            return env._("off duty until %(time)s", time=self._time(*values))
        return {
            "no_account": env._("has no active account"),
            "no_rights": env._("has no rights in Helpdesk"),
            "other_company": env._("does not work for this company"),
            "paused": env._("takes no tickets at present"),
            "not_soon": env._("does not come to work soon enough"),
            "passed": env._("has had this ticket already"),
            "other_categories": env._("takes other categories only"),
            "other_tags": env._("takes tickets with other tags only"),
        }.get(code, code)

    def _skills(self, ids):
        return format_list(self.env, _get_names(self.env["crm.ticket.skill"], ids).values())

    def _language(self, code):
        lang = self.env["res.lang"].search([("code", "=like", code + "%")], limit=1)
        return lang.name.partition(" / ")[0] if lang else code

    def _time(self, text):
        moment = fields.Datetime.to_datetime(text)
        return format_datetime(self.env, moment, dt_format="short")
