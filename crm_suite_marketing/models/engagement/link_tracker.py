from odoo import fields, models


class LinkTracker(models.Model):
    _inherit = "link.tracker"

    # the links of a mailing are counted at each click
    mass_mailing_id = fields.Many2one(index="btree_not_null")

    def _is_of_mailing(self, mailing):
        """Say whether the mails of this mailing may have this link. Core keeps one row for links
        with the same address and the same marks, so it may name another mailing of them.
        """
        if not mailing:
            return False
        return self.mass_mailing_id == mailing or bool(
            self.source_id and self.source_id == mailing.source_id
        )
