from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from ..ticket.crm_ticket import PRIORITIES


class CrmTicketMacro(models.Model):
    """A reply and changes of a ticket, done with one click."""

    _name = "crm.ticket.macro"
    _description = "Ticket Macro"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(
        "When to Use", translate=True, help="Shown to agents beside the name of the macro."
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty for a macro of all companies."
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        context={"active_test": False},
        check_company=True,
        help="Leave empty to offer it in all teams.",
    )
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Categories",
        help="Offered on tickets of these categories and of those below them. Leave empty to "
        "offer it on all tickets.",
    )
    body = fields.Html("Reply", translate=True, help="Sent in the language of the customer.")
    is_note = fields.Boolean(
        "Private Note", help="The text is a note for colleagues; the customer does not get it."
    )
    stage_id = fields.Many2one("crm.ticket.stage", "Move to Stage", ondelete="restrict")
    assign = fields.Selection(
        [
            ("me", "To whoever uses it"),
            ("nobody", "To nobody"),
            ("user", "To somebody"),
        ],
    )
    user_id = fields.Many2one(
        "res.users",
        "Agent",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        compute="_compute_user_id",
        store=True,
        readonly=False,
    )
    team_id = fields.Many2one(
        "crm.ticket.team", "Pass to Team", ondelete="restrict", check_company=True
    )
    category_id = fields.Many2one("crm.ticket.category", "Set Category", ondelete="restrict")
    priority = fields.Selection(PRIORITIES, "Set Priority")
    tag_ids = fields.Many2many(
        "crm.ticket.tag", "crm_ticket_macro_tag_rel", "macro_id", "tag_id", string="Add Tags"
    )
    untag_ids = fields.Many2many(
        "crm.ticket.tag", "crm_ticket_macro_untag_rel", "macro_id", "tag_id", string="Remove Tags"
    )
    use_ids = fields.One2many("crm.ticket.reply.use", "macro_id", "Used on")
    use_count = fields.Integer("Uses", compute="_compute_use_count")

    @api.depends("assign")
    def _compute_user_id(self):
        for macro in self:
            macro.user_id = macro.user_id if macro.assign == "user" else False

    def _compute_use_count(self):
        counts = dict(
            self.env["crm.ticket.reply.use"]._read_group(
                [("macro_id", "in", self.ids)], ["macro_id"], ["__count"]
            )
        )
        for macro in self:
            macro.use_count = counts.get(macro._origin, 0)

    # What a macro does has no meaning unless it does something
    @api.constrains(
        "body",
        "stage_id",
        "assign",
        "user_id",
        "team_id",
        "category_id",
        "priority",
        "tag_ids",
        "untag_ids",
    )
    def _check_does_something(self):
        for macro in self:
            if macro.assign == "user" and not macro.user_id:
                raise ValidationError(self.env._("Choose to whom this macro assigns tickets."))
            if is_html_empty(macro.body) and not macro._has_changes():
                raise ValidationError(
                    self.env._("A macro needs a reply, or something that it changes.")
                )

    @api.constrains("body")
    def _check_placeholders(self):
        for macro in self:
            self.env["crm.ticket"]._check_placeholders(macro.body or "")

    def _has_changes(self):
        self.ensure_one()
        return bool(
            self.stage_id
            or self.assign
            or self.team_id
            or self.category_id
            or self.priority
            or self.tag_ids
            or self.untag_ids
        )

    def copy_data(self, default=None):
        return [
            {**values, "name": self.env._("%s (copy)", macro.name)}
            for macro, values in zip(self, super().copy_data(default), strict=True)
        ]

    def action_open_uses(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_reply_use_action"
        )
        action["domain"] = [("macro_id", "in", self.ids)]
        return action
