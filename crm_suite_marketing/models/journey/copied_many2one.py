from odoo import fields


class CopiedMany2one(fields.Many2one):
    """A link of rows written by the million to what cannot be deleted while they are there: the
    rows say themselves who they belong to, and a foreign key would be asked for each of them.
    """

    def update_db_foreign_key(self, model, column):
        """No key: see the class."""
