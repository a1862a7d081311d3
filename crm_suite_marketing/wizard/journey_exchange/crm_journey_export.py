from odoo import fields, models


class CrmJourneyExport(models.TransientModel):
    """A file that waits to be downloaded by whoever made it."""

    _name = "crm.journey.export"
    _description = "File of a Journey"

    name = fields.Char(required=True, readonly=True)
    content = fields.Binary(required=True, readonly=True, attachment=False)
