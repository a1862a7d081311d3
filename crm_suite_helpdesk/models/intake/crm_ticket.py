import logging

from odoo import api, models

from odoo.addons.crm_suite.lib import mail_guard
from odoo.addons.crm_suite.models.mixins.crm_customizable_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)

# Longer subjects are noise or an attack; the mail itself keeps the whole of it
SUBJECT_LENGTH = 255


class CrmTicket(models.Model):
    """Mails become tickets, and answers find their ticket.

    An error here would lose the mail of a customer, so there is none: what cannot be done is left
    out and logged.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # The gateway is superuser; anybody else called this from outside
        self.check_access("create")
        values = self._prepare_mail_values(msg_dict, custom_values or {})
        try:
            with self.env.cr.savepoint():
                ticket = super().message_new(msg_dict, values)
                if ticket.partner_id:
                    ticket.message_subscribe(ticket.partner_id.ids)
                return ticket
        except mail_guard.RETRIED:
            raise
        except Exception:
            _logger.exception("Created a minimal ticket for mail %s", msg_dict.get("message_id"))
        minimal = {
            name: values[name]
            for name in ("name", "team_id", "company_id", "email_from")
            if values.get(name)
        }
        return self.with_context(tracking_disable=True, crm_form_rules=KEEP_INCOMPLETE).create(
            minimal
        )

    def message_update(self, msg_dict, update_vals=None):
        self.check_access("write")
        if self.env.context.get("crm_mail_machine"):
            # Kept with the ticket, but no part of the conversation: it neither reopens the ticket
            # nor counts as a message of the customer, and nobody is notified (core would tell the
            # author of the message that the robot answered)
            msg_dict["is_internal"] = True
            msg_dict.pop("parent_id", None)
        try:
            with self.env.cr.savepoint():
                return super().message_update(msg_dict, update_vals)
        except mail_guard.RETRIED:
            raise
        except Exception:
            _logger.exception("Kept ticket %s as it was for a mail", self.ids)
        return True

    def _register_customer_message(self, message=None):
        if self.env.context.get("crm_mail_gateway") is not KEEP_INCOMPLETE:
            return super()._register_customer_message(message)
        try:
            with self.env.cr.savepoint():
                return super()._register_customer_message(message)
        except mail_guard.RETRIED:
            raise
        except Exception:
            _logger.exception("Tickets %s keep their state, but got a mail", self.ids)
        return None

    @api.model
    def _prepare_mail_values(self, msg_dict, custom_values):
        """Values of a ticket made from a mail; what the mail address says goes first."""
        team = self.env["crm.ticket.team"].sudo().browse(custom_values.get("team_id")).exists()
        if not team.active:
            # Mail to a team that was archived, or to none, goes to those who are there
            company = team.company_id or self.env.company
            team = self.env["crm.ticket.team"]._get_default_team(company).sudo() or team
        company = team.company_id or self.env.company
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id")).exists()
        if author.company_id and author.company_id != company:
            author = author.browse()
        subject = " ".join((msg_dict.get("subject") or "").split())
        return {
            "name": subject[:SUBJECT_LENGTH] or self.env._("No subject"),
            "description": msg_dict.get("body"),
            "partner_id": author.id,
            "email_from": msg_dict.get("email_from"),
            "company_id": company.id,
            "channel": "email",
            **custom_values,
            "team_id": team.id,
        }

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # Served by the index on (email_normalized, create_date); mails without a usable sender
        # have nobody in common who could be looping
        if not email_from_normalized:
            return []
        return [("email_normalized", "=", email_from_normalized)]
