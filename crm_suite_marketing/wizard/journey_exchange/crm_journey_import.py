from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class CrmJourneyImport(models.TransientModel):
    """A journey made of a file, and what must be chosen again."""

    _name = "crm.journey.import"
    _description = "Import a Journey"

    file = fields.Binary(attachment=False)
    filename = fields.Char("Name of the File")
    journey_id = fields.Many2one("crm.journey", readonly=True, ondelete="cascade")
    missing = fields.Text("To Be Chosen Again", readonly=True)

    def action_import(self):
        """Make a draft of the file; show what could not come along."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file."))
        journey, missing = self.env["crm.journey"]._import_file(self.file)
        words = "\n".join(dict.fromkeys(missing))
        self.write({"journey_id": journey.id, "missing": words, "file": False})
        if not missing:
            return self.action_open()
        note = self.env._("To be chosen again after the import:")
        journey.message_post(body=plaintext2html(f"{note}\n{words}"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a Journey"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open(self):
        """Open the journey that was made."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.journey",
            "res_id": self.journey_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
