from odoo import api, models


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users"]

    @api.model
    def default_get(self, fields):
        """Without defaults of the contact that whoever creates the user may not write.

        Core hands them on to the contact as if they had been entered, and refuses them then. Left
        out here, the contact takes its defaults itself.
        """
        return {
            name: value
            for name, value in super().default_get(fields).items()
            if name not in self._fields or self._has_field_access(self._fields[name], "write")
        }
