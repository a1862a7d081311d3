from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CrmTicketCategory(models.Model):
    """What a ticket is about, as a tree; a ticket has one place in it.

    Service levels, routing and reports that name a category mean those below it as well.
    """

    _name = "crm.ticket.category"
    _description = "Ticket Category"
    _parent_store = True
    _parent_name = "parent_id"
    _order = "sort_key"
    _rec_names_search = ["name", "parent_id.name"]

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="The place among the categories of the same parent, lowest first."
    )
    parent_id = fields.Many2one(
        "crm.ticket.category", "Parent Category", ondelete="restrict", index=True
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("crm.ticket.category", "parent_id", "Subcategories")
    complete_name = fields.Char(
        "Full Name",
        compute="_compute_complete_name",
        recursive=True,
        search="_search_complete_name",
    )
    sort_key = fields.Char(
        compute="_compute_sort_key",
        store=True,
        recursive=True,
        index=True,
        help="Puts each category behind the one it is part of.",
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        ondelete="restrict",
        context={"active_test": False},  # what is archived still limits
        help="Teams that use this category. Leave empty to offer it to all teams.",
    )
    description = fields.Text(
        translate=True, help="What belongs here, for whoever has to choose a category."
    )
    ticket_count = fields.Integer("Open Tickets", compute="_compute_ticket_count")

    # ------------------------------------------------------------------ compute

    @api.depends("complete_name")
    @api.depends_context("lang", "hierarchical_naming")
    def _compute_display_name(self):
        is_full = self.env.context.get("hierarchical_naming", True)
        for category in self:
            category.display_name = category.complete_name if is_full else category.name

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for category in self:
            parent, name = category.parent_id, category.name or ""
            category.complete_name = f"{parent.complete_name} / {name}" if parent else name

    @api.depends("sequence", "parent_id.sort_key")
    def _compute_sort_key(self):
        for category in self:
            above = category.parent_id.sort_key or ""
            sequence = min(max(category.sequence, 0), 999_999)
            category.sort_key = f"{above}{sequence:06}-{category._origin.id or 0:010}/"

    @api.model
    def _search_complete_name(self, operator, value):
        return [("name", operator, value)]

    @api.model
    def _search_display_name(self, operator, value):
        """Find a category by the words of its full name, as it is shown."""
        if operator not in ("ilike", "=ilike") or not isinstance(value, str) or " / " not in value:
            return super()._search_display_name(operator, value)
        *parents, name = [part.strip() for part in value.split(" / ")]
        domain = [("name", "ilike", name)]
        for depth, parent in enumerate(reversed(parents), 1):
            domain.append((".".join(["parent_id"] * depth) + ".name", "ilike", parent))
        return domain

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_ticket_count(self):
        groups = self.env["crm.ticket"]._read_group(
            [("category_id", "child_of", self.ids), ("closed_at", "=", False)],
            ["category_id"],
            ["__count"],
        )
        for category in self:
            path = category.parent_path or ""
            category.ticket_count = sum(
                count for other, count in groups if path and other.parent_path.startswith(path)
            )

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A category cannot be part of itself."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: tickets that the manager may not see count as well
        Ticket = self.env["crm.ticket"].sudo().with_context(active_test=False)
        if used := Ticket.search([("category_id", "in", self.ids)], limit=1).category_id:
            raise UserError(
                self.env._(
                    "%s cannot be deleted, because there are tickets in it. Archive it: it is "
                    "not offered any more, and the tickets keep it.",
                    used.sudo(False).display_name,
                )
            )

    # ------------------------------------------------------------------ actions

    def action_open_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("category_id", "child_of", self.id)]
        action["context"] = {"search_default_open": 1, "default_category_id": self.id}
        return action

    # ------------------------------------------------------------------ business

    def _is_offered_to(self, team):
        self.ensure_one()
        return not self.team_ids or team in self.team_ids
