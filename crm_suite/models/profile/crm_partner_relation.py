from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CrmPartnerRelation(models.Model):
    """A relation between two customers, for a time.

    With ``relation_partner_id`` in the context it is told from the side of that contact.
    """

    _name = "crm.partner.relation"
    _description = "Relation between Customers"
    _order = "date_until desc, date_from desc, id desc"

    left_id = fields.Many2one(
        "res.partner", string="Contact", required=True, index=True, ondelete="cascade"
    )
    type_id = fields.Many2one(
        "crm.partner.relation.type",
        string="Is",
        required=True,
        index=True,
        ondelete="restrict",
    )
    right_id = fields.Many2one(
        "res.partner", string="Of", required=True, index=True, ondelete="cascade"
    )
    date_from = fields.Date(string="From")
    date_until = fields.Date(string="Until")
    note = fields.Char()
    is_symmetric = fields.Boolean(related="type_id.is_symmetric", store=True, precompute=True)
    is_current = fields.Boolean(
        string="In Force", compute="_compute_is_current", search="_search_is_current"
    )
    words = fields.Char(string="Relation", compute="_compute_side")
    other_id = fields.Many2one("res.partner", string="Other Contact", compute="_compute_side")

    _two_contacts = models.Constraint(
        "CHECK (left_id != right_id)", "Nobody has a relation with himself."
    )
    _right_order = models.Constraint(
        "CHECK (date_until >= date_from)", "A relation cannot end before it begins."
    )
    # what _check_duplicate says, also of two people at the same moment
    _one_open = models.UniqueIndex(
        "(type_id, left_id, right_id) WHERE date_until IS NULL",
        "These contacts have this relation already.",
    )
    _one_open_symmetric = models.UniqueIndex(
        "(type_id, LEAST(left_id, right_id), GREATEST(left_id, right_id)) "
        "WHERE date_until IS NULL AND is_symmetric",
        "These contacts have this relation already.",
    )

    @api.constrains("left_id", "right_id", "type_id")
    def _check_kinds(self):
        for relation in self:
            if not relation.type_id._accepts(relation.left_id, relation.right_id):
                raise ValidationError(
                    self.env._(
                        "“%(words)s” is not between %(left)s and %(right)s: look which kinds of "
                        "contacts it is for.",
                        words=relation.type_id.name,
                        left=relation.left_id.display_name,
                        right=relation.right_id.display_name,
                    )
                )

    @api.constrains("left_id", "right_id", "type_id", "date_from", "date_until")
    def _check_duplicate(self):
        # sudo: a relation that the reader may not see counts as well
        others = self.sudo().search(
            [
                ("type_id", "in", self.type_id.ids),
                ("left_id", "in", (self.left_id | self.right_id).ids),
                ("right_id", "in", (self.left_id | self.right_id).ids),
            ]
        )
        by_pair = others.grouped(lambda relation: relation._get_pair())
        for relation in self:
            start, end = relation._get_period()
            for other in by_pair.get(relation._get_pair(), ()):
                other_start, other_end = other._get_period()
                if other.id != relation.id and other_start <= end and start <= other_end:
                    raise ValidationError(
                        self.env._(
                            "%(left)s and %(right)s have this relation already: %(words)s.",
                            left=relation.left_id.display_name,
                            right=relation.right_id.display_name,
                            words=relation.type_id.name,
                        )
                    )

    # ------------------------------------------------------------------ compute

    @api.depends("date_from", "date_until")
    @api.depends_context("tz")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for relation in self:
            start, end = relation._get_period()
            relation.is_current = start <= today <= end

    def _search_is_current(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain.AND(
            Domain(name, "=", False) | Domain(name, side, today)
            for name, side in [("date_from", "<="), ("date_until", ">=")]
        )

    @api.depends("left_id", "right_id", "type_id")
    @api.depends_context("relation_partner_id", "lang")
    def _compute_side(self):
        viewer = self.env.context.get("relation_partner_id")
        for relation in self:
            from_right = viewer == relation.right_id.id
            relation.words = relation.type_id and relation.type_id._get_words(from_right)
            relation.other_id = relation.left_id if from_right else relation.right_id

    @api.depends("left_id", "right_id", "type_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for relation in self:
            relation.display_name = (
                f"{relation.left_id.display_name} – {relation.type_id.name or ''} – "
                f"{relation.right_id.display_name}"
            )

    # ------------------------------------------------------------------ business

    def action_open(self):
        """Open the relation beside the contact whose form it stands on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Relation"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_pair(self):
        """What two relations share that are the same one, at whatever time."""
        self.ensure_one()
        sides = self.left_id.id, self.right_id.id
        return (self.type_id.id, *(sorted(sides) if self.type_id.is_symmetric else sides))

    def _get_period(self):
        self.ensure_one()
        return self.date_from or date.min, self.date_until or date.max

    @api.model
    def _merge_contacts(self, sources, target):
        """Make ready for contacts to become one: nobody is related to himself, nor twice the same.

        Relations that would become the same one and overlap become one for the whole time.
        """
        merged = sources | target
        relations = self.search(
            ["|", ("left_id", "in", merged.ids), ("right_id", "in", merged.ids)]
        )
        superfluous = relations.filtered(
            lambda relation: relation.left_id in merged and relation.right_id in merged
        )
        same = {}
        for relation in relations - superfluous:
            sides = [
                target.id if partner in merged else partner.id
                for partner in (relation.left_id, relation.right_id)
            ]
            if relation.type_id.is_symmetric:
                sides.sort()
            same.setdefault((relation.type_id.id, *sides), []).append(relation)
        longer = []
        for group in same.values():
            for first, *others in self._group_by_overlap(group):
                superfluous += self.browse().union(*others)
                if others:
                    longer.append((first, self._prepare_joined(first, others)))
        superfluous.unlink()
        for relation, values in longer:
            relation.write(values)

    @api.model
    def _group_by_overlap(self, relations):
        groups, end = [], None
        for relation in sorted(relations, key=lambda one: (one._get_period()[0], one.id)):
            start, until = relation._get_period()
            if groups and start <= end:
                groups[-1].append(relation)
                end = max(end, until)
            else:
                groups.append([relation])
                end = until
        return groups

    @api.model
    def _prepare_joined(self, first, others):
        ends = [relation.date_until for relation in (first, *others)]
        notes = [relation.note for relation in (first, *others) if relation.note]
        return {
            "date_until": max(ends) if all(ends) else False,
            "note": " / ".join(dict.fromkeys(notes)),
        }
