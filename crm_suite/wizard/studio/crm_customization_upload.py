import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ...lib import pack_format


class CrmCustomizationUpload(models.TransientModel):
    """A file is chosen; what it would do is shown before anything is done."""

    _name = "crm.customization.upload"
    _description = "Upload of a Customization Pack"

    file = fields.Binary("Pack", required=True, attachment=False)
    file_name = fields.Char()

    def action_upload(self):
        self.ensure_one()
        if len(self.file or b"") > pack_format.MAX_BYTES * 2:
            raise UserError(self.env["crm.customization.pack"]._get_size_refusal())
        try:
            data = base64.b64decode(self.file or b"", validate=True)
        except ValueError as error:
            raise UserError(self.env._("The file cannot be read.")) from error
        return self.env["crm.customization.pack"]._load(data).action_import()
