import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from ...lib import journey_file


class CrmJourneyImport(models.TransientModel):
    """A journey that comes as a file becomes a draft: nothing goes before it is launched."""

    _name = "crm.journey.import"
    _description = "Import of a Journey"

    file = fields.Binary("File", required=True, attachment=False)
    file_name = fields.Char()

    def action_import(self):
        """Make the journey, and open it."""
        self.ensure_one()
        try:
            data = journey_file.read(base64.b64decode(self.file))
        except (ValueError, binascii.Error) as error:
            raise UserError(self.env._("This file is no exported journey.")) from error
        try:
            with self.env.cr.savepoint():
                journey = self.env["crm.journey"]._import_values(data)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                self.env._("This file holds settings that nobody can choose.")
            ) from error
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.journey",
            "res_id": journey.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
