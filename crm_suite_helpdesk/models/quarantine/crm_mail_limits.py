from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_list, human_size

# How much one mail and one ticket may bring, and for how long spam is kept; 0 is no
# limit
LIMITS = {
    "mail_size_mb": 25,
    "mail_files": 50,
    "ticket_files": 1000,
    "spam_days": 30,  # until spam is deleted
}
PREFIX = "crm_suite_helpdesk."
NAMES_SHOWN = 20


class CrmMailLimits(models.AbstractModel):
    """What is too much in a mail to a team is left out of its ticket; the mail itself is kept."""

    _name = "crm.mail.limits"
    _description = "Limits of Incoming Mails"

    @api.model
    def _get_limit(self, name):
        # sudo: settings, which the gateway follows whoever wrote
        value = self.env["ir.config_parameter"].sudo().get_param(PREFIX + name, LIMITS[name])
        try:
            return max(int(value), 0)
        except (TypeError, ValueError):
            return LIMITS[name]

    @api.model
    def _limit_files(self, journey, parsed, routes):
        """Leave out of a mail to tickets the files that are too many, or too large.

        :param parsed: what core read from the mail; its attachments are replaced
        """
        attachments = parsed.get("attachments")
        if not attachments:
            return
        size_left = self._get_limit("mail_size_mb") * 2**20 or float("inf")
        count_left = self._get_limit("mail_files") or float("inf")
        ticket_ids = [route[1] for route in routes if route[0] == "crm.ticket" and route[1]]
        ticket_limit = self._get_limit("ticket_files")
        if ticket_ids and ticket_limit:
            # sudo: files of all messages count
            Attachment = self.env["ir.attachment"].sudo()
            there = Attachment.search_count(
                [("res_model", "=", "crm.ticket"), ("res_id", "in", ticket_ids)], limit=ticket_limit
            )
            count_left = min(count_left, ticket_limit - there)
        taken = []
        for attachment in attachments:
            size = len(attachment.content or "")
            if size <= size_left and count_left > 0:
                taken.append(attachment)
                size_left -= size
                count_left -= 1
            else:
                journey.left_out.append((attachment.fname, size))
        parsed["attachments"] = taken

    @api.model
    def _note_left_out(self, journey, parsed, routes):
        """Keep the original of a mail that was cut down, and say so on its ticket."""
        # sudo: the gateway notes what it did, whoever wrote
        message = (
            self.env["mail.message"]
            .sudo()
            .search(
                [("message_id", "=", parsed["message_id"]), ("model", "=", "crm.ticket")],
                order="id desc",
                limit=1,
            )
        )
        row = self.env["crm.mail.quarantine"]._keep(
            journey, "cut", state="done", res_model=message.model, res_id=message.res_id
        )
        ticket = message.env["crm.ticket"].browse(message.res_id)
        if not row or not ticket:
            return
        names = [
            f"{(name or '')[:100]} ({human_size(size)})"
            for name, size in journey.left_out[:NAMES_SHOWN]
        ]
        if more := len(journey.left_out) - len(names):
            names.append(self.env._("and %s more", more))
        ticket._message_log(
            body=Markup("<p>%s</p><p>%s</p>")
            % (
                self.env._(
                    "This e-mail brought more than is accepted. All of it is kept in the "
                    "quarantine, where managers find it."
                ),
                self.env._("Files that were left out: %s", format_list(self.env, names)),
            )
        )
