from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .crm_sending_limit import KINDS

DAYS_KEPT = 30


class CrmSendingHold(models.Model):
    """A domain, or a mail server, that puts messages off: nobody is sent there for a time. The
    workers write it (`sending/rations.py`); people release it.
    """

    _name = "crm.sending.hold"
    _description = "Hold of Sending"
    _order = "held_until desc, id desc"
    _log_access = False

    kind = fields.Selection(KINDS, "What Is Held", required=True, readonly=True)
    server_id = fields.Many2one("ir.mail_server", "Mail Server", readonly=True, ondelete="cascade")
    domain = fields.Char(readonly=True)
    began_at = fields.Datetime("Held since", readonly=True)
    held_until = fields.Datetime(required=True, readonly=True)
    level = fields.Integer("Times in a Row", readonly=True)
    reason = fields.Selection(
        [("deferred", "Puts messages off"), ("connection", "Cannot be reached")],
        required=True,
        readonly=True,
    )
    words = fields.Text("Last Words of the Server", readonly=True)
    released_by_id = fields.Many2one("res.users", "Released by", readonly=True)
    is_held = fields.Boolean("Held", compute="_compute_is_held", search="_search_is_held")

    _what_uniq = models.UniqueIndex("(kind, COALESCE(server_id, 0), COALESCE(domain, ''))")

    @api.depends("kind", "server_id", "domain")
    def _compute_display_name(self):
        for hold in self:
            hold.display_name = (
                hold.domain
                if hold.kind == "domain"
                else hold.server_id.display_name
                or self.env._("Mail server of the configuration file")
            )

    @api.depends("held_until")
    def _compute_is_held(self):
        now = fields.Datetime.now()
        for hold in self:
            hold.is_held = hold.held_until > now

    @api.model
    def _search_is_held(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        is_held = (True in value) == (operator == "in")
        return [("held_until", ">" if is_held else "<=", fields.Datetime.now())]

    def action_release(self):
        """Send there again at once."""
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_manager"):
            raise AccessError(self.env._("Only marketing managers release holds."))
        self.check_access("read")
        held = self.filtered("is_held")
        if not held:
            raise UserError(self.env._("This is not held any more."))
        now = fields.Datetime.now()
        # sudo: workers write holds; this button is the door for people
        Outbox = self.env["crm.outbox"].sudo()
        Outbox._write_beside_workers(
            SQL(
                """UPDATE crm_sending_hold
                      SET held_until = %s, level = 0, released_by_id = %s WHERE id = ANY(%s)""",
                now,
                self.env.uid,
                held.ids,
            )
        )
        for hold in held:
            Outbox._write_beside_workers(hold._make_due_statement(now))
        self.invalidate_model()
        Outbox._wake_workers()

    def _make_due_statement(self, now):
        """Return the statement that lets go of what waits for this hold."""
        place = SQL("split_part(outbox.identity, '@', 2) = %s", self.domain)
        if self.kind == "server":
            # which server a message takes is known once it is written
            place = SQL("TRUE")
        return SQL(
            """
            UPDATE crm_outbox AS outbox SET due_at = %(now)s
              FROM mailing_mailing AS mailing
             WHERE mailing.id = outbox.mailing_id AND mailing.state = 'sending'
               AND outbox.state = 'planned' AND outbox.reason = 'on_hold'
               AND outbox.due_at > %(now)s AND %(place)s
            """,
            now=now,
            place=place,
        )

    @api.autovacuum
    def _gc_holds(self):
        before = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        self.env.cr.execute(SQL("DELETE FROM crm_sending_hold WHERE held_until < %s", before))
