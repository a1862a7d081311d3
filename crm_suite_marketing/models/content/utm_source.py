from odoo import models

from ...lib import merge_fields
from ...lib.merge_names import get_plain


class UtmSource(models.Model):
    _inherit = "utm.source"

    def _generate_name(self, record, content):
        """Customers read the name in the address of the page: no merge fields in it."""
        if merge_fields.has_fields(content):
            content = get_plain(content) or self.env._("Mailing")
        return super()._generate_name(record, content)
