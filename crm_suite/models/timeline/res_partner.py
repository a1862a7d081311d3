from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.timeline.mixin"]

    _timeline_contact = "id"

    def _write_multi(self, vals_list):
        """The messages of a contact follow it to another customer."""
        moved = [
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if "commercial_partner_id" in vals
        ]
        result = super()._write_multi(vals_list)
        if moved:
            # sudo: the history follows the contact, whoever changes it
            self.env["crm.timeline.message"].sudo()._follow_contacts(self.browse(moved))
        return result
