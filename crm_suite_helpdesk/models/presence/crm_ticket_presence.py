from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# The browser says every so often that somebody is still there, see presence_service.js
STALE = timedelta(seconds=90)
STATES = ("view", "type", "leave")
CHANNEL = "presence"


class CrmTicketPresence(models.Model):
    """Who has a ticket on his screen now, and who is writing an answer.

    Colleagues are told through the bus; rows only say who was there before them.
    """

    _name = "crm.ticket.presence"
    _description = "Who Looks at a Ticket"
    _log_access = False
    _rec_name = "user_id"

    ticket_id = fields.Many2one("crm.ticket", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade")
    is_typing = fields.Boolean()
    seen_at = fields.Datetime(required=True, index=True)

    _once = models.UniqueIndex("(ticket_id, user_id)")

    @api.model
    def announce(self, ticket_id, state):
        """Say that the user looks at a ticket, writes on it, or has left it.

        :param state: "view", "type" or "leave"
        :return: {"others": [{id, name, typing}], "newest": id of the last message of the customer,
            "undo": seconds in which replies can be taken back}; empty for whoever may not read it
        """
        is_id = type(ticket_id) is int and 0 < ticket_id < 2**31
        ticket = self.env["crm.ticket"].browse(ticket_id if is_id else ()).exists()
        user = self.env.user
        if not ticket or user.share or state not in STATES or not ticket.has_access("read"):
            return {}
        before = self._read_present(ticket)
        mine = before.pop(user.id, None)
        self._store(ticket, state)
        if mine is None and state != "leave" or mine is not None and mine["state"] != state:
            self.env["bus.bus"]._sendone(
                (ticket, CHANNEL),
                "crm.ticket/presence",
                {"ticket": ticket.id, "id": user.id, "name": user.name, "state": state},
            )
        if state == "leave":
            return {}
        return {
            "others": [
                {"id": id_, "name": row["name"], "typing": row["state"] == "type"}
                for id_, row in before.items()
            ],
            "newest": ticket._get_last_customer_message_id(),
            "undo": ticket.sudo().team_id.undo_seconds,  # of the ticket that the user reads
        }

    @api.model
    def _read_present(self, ticket):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT presence.user_id, partner.name, presence.is_typing
                  FROM crm_ticket_presence presence
                  JOIN res_users ON res_users.id = presence.user_id
                  JOIN res_partner partner ON partner.id = res_users.partner_id
                 WHERE presence.ticket_id = %s AND presence.seen_at > %s
                 ORDER BY partner.name, presence.user_id
                """,
                ticket.id,
                fields.Datetime.now() - STALE,
            )
        )
        return {
            user_id: {"name": name, "state": "type" if is_typing else "view"}
            for user_id, name, is_typing in rows
        }

    @api.model
    def _store(self, ticket, state):
        if state == "leave":
            query = SQL(
                "DELETE FROM crm_ticket_presence WHERE ticket_id = %s AND user_id = %s",
                ticket.id,
                self.env.uid,
            )
        else:
            query = SQL(
                """
                INSERT INTO crm_ticket_presence (ticket_id, user_id, is_typing, seen_at)
                VALUES (%s, %s, %s, %s)
                ON CONFLICT (ticket_id, user_id)
                DO UPDATE SET is_typing = EXCLUDED.is_typing, seen_at = EXCLUDED.seen_at
                """,
                ticket.id,
                self.env.uid,
                state == "type",
                fields.Datetime.now(),
            )
        self.env.cr.execute(query)

    @api.autovacuum
    def _gc_presence(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_ticket_presence WHERE seen_at < %s",
                fields.Datetime.now() - timedelta(hours=1),
            )
        )
