from odoo import api, models

# What portal users may read of their tickets, whatever they ask for. Everything else is ours: how
# we work, who else wrote, what we promised ourselves.
PORTAL_FIELDS = {
    "access_token",
    "access_url",
    "access_warning",
    "active",
    "closed_at",
    "company_id",
    "create_date",
    "description",
    "display_name",
    "id",
    "name",
    "number",
    "opened_at",
    "partner_id",
    "priority",
    "stage_id",
    "stage_type",
    "team_id",
    "user_id",
    "website_message_ids",
    "write_date",
}


class CrmTicket(models.Model):
    """What customers see of a ticket, and who may write on it from outside."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket", "portal.mixin"]

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/tickets/{ticket.id}"
        return result

    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        if allowed and not self.env.su and self.env.user._is_portal():
            return operation == "read" and field.name in self._get_portal_fields()
        return allowed

    @api.model
    def _get_portal_fields(self):
        return PORTAL_FIELDS

    def action_preview(self):
        """Show the ticket as its customer sees it."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self.get_portal_url()}

    # ------------------------------------------------------------------ access by link

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == "create":
            # Who may read a ticket may write on it. Who may not came with a link: for him,
            # reading and writing are told apart below.
            asker = self.sudo(False)
            readable = set(asker._filtered_access("read")._ids)
            operations.update((ticket, "write") for ticket in self if ticket.id not in readable)
        return operations

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", hash=None, token=None, **kwargs):
        # A link with nothing but the token may have been passed on: it shows the ticket, it does
        # not speak for the customer. A link that names its reader (`pid` and `hash`) does.
        if mode != "read" or not _is_plain(token):
            token = None
        if not _is_plain(hash):
            hash = None
        return super()._get_thread_with_access(
            thread_id, mode=mode, hash=hash, token=token, **kwargs
        )


def _is_plain(secret):
    """Whether what a visitor sent can be compared with a token or a hash at all."""
    return isinstance(secret, str) and secret.isascii()
