from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

LONGEST_ABSENCE = timedelta(days=366)


class CrmTicketDesk(models.AbstractModel):
    """The desk says whether the agent gets tickets, and leaders what nobody is there for."""

    _name = "crm.ticket.desk"
    _inherit = ["crm.ticket.desk"]

    @api.model
    def get_desk(self):
        """What `get_desk` shows, and `availability`: see `_read_availability`."""
        return {**super().get_desk(), "availability": self._read_availability()}

    @api.model
    def set_availability(self, accepts, away_until=False):
        """Whether the current user gets tickets automatically, in all his teams.

        :param accepts: True or False
        :param away_until: the last day of an absence, as a date or "YYYY-MM-DD", or nothing
        :return: as `_read_availability`
        """
        if not isinstance(accepts, bool):
            raise ValidationError(self.env._("Say whether you take tickets: yes or no."))
        agents = self._get_own_agents()
        if not agents:
            raise UserError(self.env._("You are in no team whose tickets are assigned."))
        # sudo: what an agent may decide about himself; he may not change how much he gets
        agents.sudo().write({"accepts": accepts, "away_until": self._parse_day(away_until)})
        return self._read_availability()

    # ------------------------------------------------------------------ business

    @api.model
    def _get_own_agents(self):
        return self.env["crm.ticket.agent"].search(
            [("user_id", "=", self.env.uid), ("team_id", "in", self._get_own_teams().ids)]
        )

    @api.model
    def _parse_day(self, day):
        try:
            day = fields.Date.to_date(day or False)
        except (TypeError, ValueError, AttributeError):
            raise ValidationError(self.env._("This is not a date.")) from None
        today = self.env["crm.ticket"]._get_local_today()
        if day and not today <= day <= today + LONGEST_ABSENCE:
            raise ValidationError(self.env._("An absence ends within a year, and not in the past."))
        return day

    @api.model
    def _read_availability(self):
        """Whether the user gets tickets automatically.

        :return: None when none of his teams assigns tickets, else {"accepts": whether he takes any,
            "away_until": the last day of his absence as text or False, "presence": as the field of
            `crm.ticket.agent`, "text": until when that is so, "open": tickets that count,
            "capacity": the limit or 0}
        """
        automatic = self.env["crm.ticket.team"]._get_automatic_teams()
        agents = self._get_own_agents().filtered(lambda agent: agent.team_id.id in automatic)
        if not agents:
            return None
        first = agents.sorted(lambda agent: agent.presence != "here")[0]
        away = [agent.away_until for agent in agents if agent.away_until]
        return {
            "accepts": any(agent.accepts for agent in agents),
            "away_until": fields.Date.to_string(max(away)) if away else False,
            "presence": first.presence,
            "text": first.presence_text or "",
            "open": first.open_ticket_count,
            "capacity": first.capacity,
        }

    # ------------------------------------------------------------------ counters

    @api.model
    def _get_counters(self):
        counters, teams = super()._get_counters(), self._get_led_teams()
        automatic = self.env["crm.ticket.team"]._get_automatic_teams()
        domain = [
            ("assignment_state", "=", "nobody"),
            ("user_id", "=", False),
            ("closed_at", "=", False),
            ("team_id", "in", teams.ids),
        ]
        if automatic & set(teams.ids):
            place = [counter["key"] for counter in counters].index("free") + 1
            counters.insert(
                place,
                {
                    "key": "nobody",
                    "label": self.env._("Nobody available"),
                    "help": self.env._(
                        "Tickets of the teams that you lead for which there is no agent: they say "
                        "why."
                    ),
                    "icon": "fa-user-times",
                    "tone": "danger",
                    "model": "crm.ticket",
                    "domain": domain,
                    "count": 0,
                },
            )
        return counters

    @api.model
    def _count(self, counters):
        # those of nobody are not among mine
        res = super()._count([counter for counter in counters if counter["key"] != "nobody"])
        for counter in counters:
            if counter["key"] == "nobody":
                counter["count"] = self.env["crm.ticket"].search_count(counter["domain"])
        return res
