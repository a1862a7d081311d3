from odoo import models


class ResGroups(models.Model):
    _name = "res.groups"
    _inherit = ["res.groups"]

    def _get_full_names(self):
        """Return the names of groups with those of their applications, in the language at hand."""
        # Odoo keeps them without regard to the language
        self.invalidate_recordset(["display_name", "full_name"], flush=False)
        return self.mapped("display_name")

    def _ensure_external_ids(self):
        """Give these groups external ids, by which fields name who may read them.

        Groups that people made have none; they get the one that an export would give them.
        """
        external_ids = self.get_external_id()
        # sudo: only administrators may name records; the names are made here
        self.env["ir.model.data"].sudo().create(
            [
                {
                    "module": "__export__",
                    "name": f"res_groups_{group.id}",
                    "model": "res.groups",
                    "res_id": group.id,
                    "noupdate": True,
                }
                for group in self
                if not external_ids[group.id]
            ]
        )
