from odoo import api, models
from odoo.tools import html2plaintext

# What has a text that can stand in the middle of a sentence
WRITTEN_KINDS = (
    *("char", "text", "html", "integer", "float", "monetary", "boolean"),
    *("date", "datetime", "selection", "many2one", "many2many"),
)


class CrmTicket(models.Model):
    """Custom fields of tickets on the portal, in prepared replies, and in what tickets become."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    @api.model
    def _get_custom_outlets(self):
        return ("portal", "ask")

    @api.model
    def _get_custom_successors(self):
        return (*super()._get_custom_successors(), "crm.lead")

    @api.model
    def _get_custom_import_columns(self):
        return {
            "name": self.env._("Armrest is loose"),
            "partner_id": self._get_first_name("res.partner", [("is_company", "=", True)]),
            "team_id": self._get_first_name("crm.ticket.team"),
            "description": self.env._("It came off when the chair was moved."),
        }

    # ------------------------------------------------------------------ portal

    @api.model
    def _get_portal_fields(self):
        shown = self.env["crm.custom.outlet"]._get_fields(self._name, "portal", "show")
        names = {name for field in shown for name in (field.name, field.file_name) if name}
        return super()._get_portal_fields() | names

    # ------------------------------------------------------------------ prepared replies

    @api.model
    def _get_written_fields(self):
        """Return the custom fields that prepared replies may name: those that all agents see."""
        return [
            field
            for field in self.env["crm.custom.field"]._get_live(self._name)
            if not field.group_ids and field.kind in WRITTEN_KINDS
        ]

    @api.model
    def _get_placeholder_labels(self):
        labels = super()._get_placeholder_labels()
        for field in self._get_written_fields():
            labels[field.name] = self._fields[field.name]._description_string(self.env)
        return labels

    def _get_placeholder_values(self):
        values = super()._get_placeholder_values()
        fields = self._get_written_fields()
        if not fields:
            return values
        lang = self.partner_id.lang or self.env.lang
        zone = self.partner_id.tz or self.env.user.tz
        # sudo: whoever reads the ticket sees these fields on it, and the names of linked records
        ticket = self.sudo().with_context(lang=lang, tz=zone)
        for field in fields:
            values[field.name] = html2plaintext(ticket._get_custom_text(field)).strip()
        return values
