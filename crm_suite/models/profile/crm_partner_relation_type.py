from odoo import api, fields, models

KINDS = [("person", "Persons"), ("company", "Companies")]


class CrmPartnerRelationType(models.Model):
    """How one customer stands to another, in the words of either side."""

    _name = "crm.partner.relation.type"
    _description = "Kind of Relation"
    _order = "sequence, id"

    name = fields.Char(
        required=True,
        translate=True,
        help="What the first contact is to the second one, as in “supplier of”.",
    )
    inverse_name = fields.Char(
        string="Seen from the Other Side",
        translate=True,
        help="What the second contact is to the first one, as in “customer of”.",
    )
    is_symmetric = fields.Boolean(
        string="Same on Both Sides", help="Both are the same to each other, as competitors are."
    )
    left_kind = fields.Selection(KINDS, string="First Side", help="Empty: both.")
    right_kind = fields.Selection(KINDS, string="Second Side", help="Empty: both.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _unique_name = models.UniqueIndex("(name)", "There is a kind of relation of this name already.")
    _inverse_named = models.Constraint(
        "CHECK (is_symmetric IS TRUE OR inverse_name IS NOT NULL)",
        "Say how the relation is called when it is seen from the other side.",
    )

    @api.depends("name", "inverse_name", "is_symmetric")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = kind.name
            if not kind.is_symmetric and kind.inverse_name:
                kind.display_name = f"{kind.name} / {kind.inverse_name}"

    def _get_words(self, from_right=False):
        """Return what the contact of one side is to the other."""
        self.ensure_one()
        if from_right and not self.is_symmetric:
            return self.inverse_name or self.name
        return self.name

    def _accepts(self, left, right):
        """Whether the relation may be between these contacts."""
        self.ensure_one()

        def fits(kind, partner):
            return not kind or (kind == "company") == partner.is_company

        sides = [(left, right), (right, left)] if self.is_symmetric else [(left, right)]
        return any(
            fits(self.left_kind, first) and fits(self.right_kind, second) for first, second in sides
        )
