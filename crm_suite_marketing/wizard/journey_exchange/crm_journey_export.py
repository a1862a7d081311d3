from odoo import fields, models


class CrmJourneyExport(models.TransientModel):
    """The file of a journey until it is fetched."""

    _name = "crm.journey.export"
    _description = "Export of a Journey"

    file = fields.Binary(attachment=False, readonly=True)
    file_name = fields.Char(readonly=True)
