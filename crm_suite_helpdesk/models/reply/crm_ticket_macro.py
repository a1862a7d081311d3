from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import is_html_empty

from ..ticket.crm_ticket import PRIORITIES

CHANGED = ("team_id", "stage_id", "user_id", "category_id", "priority", "tag_ids")


class CrmTicketMacro(models.Model):
    """A reply and changes of a ticket, done with one click."""

    _name = "crm.ticket.macro"
    _description = "Ticket Macro"
    _order = "sequence, name, id"

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
    team_id = fields.Many2one("crm.ticket.team", "Pass to Team", ondelete="restrict")
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
                [("macro_id", "in", self.ids), ("undone_at", "=", False)],
                ["macro_id"],
                ["__count"],
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

    @api.constrains("company_id", "team_ids", "team_id")
    def _check_teams(self):
        for macro in self:
            company = macro.company_id
            # sudo: a refusal must be able to name the team
            teams = macro.sudo().team_ids | macro.sudo().team_id
            if strangers := teams.filtered(lambda t, c=company: c and t.company_id != c):
                raise ValidationError(
                    self.env._(
                        "%(teams)s: not a team of %(company)s.",
                        teams=", ".join(strangers.mapped("name")),
                        company=company.name,
                    )
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

    # ------------------------------------------------------------------ what it would do

    @api.model
    def _get_for(self, ticket):
        return self.search(
            [
                ("company_id", "in", [False, ticket.company_id.id]),
                "|",
                ("team_ids", "=", False),
                ("team_ids", "in", ticket.team_id.ids),
                "|",
                ("category_ids", "=", False),
                ("category_ids", "in", ticket._get_category_line().ids),
            ]
        )

    def _prepare_changes(self, ticket):
        """What it changes on a ticket.

        :return: the new values of fields as `write` takes them, what stays as it is already left
            out; and why something cannot be done there, as a list of sentences
        """
        self.ensure_one()
        team = self.team_id or ticket.team_id
        wanted, problems = {}, []
        if self.team_id:
            wanted["team_id"] = team
        if self.stage_id:
            if self.stage_id.team_ids and team not in self.stage_id.team_ids:
                problems.append(
                    self.env._(
                        "%(team)s has no stage %(stage)s.",
                        team=team.display_name or "",
                        stage=self.stage_id.name,
                    )
                )
            else:
                wanted["stage_id"] = self.stage_id
        if self.category_id:
            # sudo: whoever may use the macro may not see the teams of the category
            if self.category_id.sudo()._is_offered_to(team.sudo()):
                wanted["category_id"] = self.category_id
            else:
                problems.append(
                    self.env._(
                        "%(team)s does not use the category %(category)s.",
                        team=team.display_name or "",
                        category=self.category_id.display_name,
                    )
                )
        if self.assign:
            wanted["user_id"] = {
                "me": self.env.user,
                "user": self.user_id,
                "nobody": self.env["res.users"],
            }[self.assign]
        changes = {name: to.id for name, to in wanted.items() if ticket[name] != to}
        if self.priority and ticket.priority != self.priority:
            changes["priority"] = self.priority
        tags = (ticket.tag_ids | self.tag_ids) - self.untag_ids
        if tags != ticket.tag_ids:
            changes["tag_ids"] = [fields.Command.set(tags.ids)]
        return changes, problems

    def _describe_changes(self, ticket, changes):
        """In words what changes, as "Stage: Solved"."""
        told = []
        for name in CHANGED:
            if name not in changes:
                continue
            field = ticket._fields[name]
            if name == "tag_ids":
                ids = changes[name][0][2]
                text = ", ".join(self.env["crm.ticket.tag"].browse(ids).mapped("name"))
            elif name == "priority":
                text = dict(field._description_selection(self.env))[changes[name]]
            else:
                text = self.env[field.comodel_name].browse(changes[name]).display_name
            label = field._description_string(self.env)
            told.append({"field": label, "value": text or self.env._("Nobody")})
        return told

    def _prepare_reply(self, ticket):
        """The reply in the language of the customer, with what the ticket says.

        :return: HTML as Markup, empty without reply; and the names that have no value here
        """
        self.ensure_one()
        lang = not self.is_note and ticket.partner_id.lang or self.env.lang
        body = self.with_context(lang=lang).body
        if is_html_empty(body):
            return Markup(), []
        return ticket._fill_placeholders(Markup(body))  # sanitized by the field

    def _find_problems(self, ticket):
        """Why this macro cannot be used on a ticket, as a list of sentences."""
        _changes, problems = self._prepare_changes(ticket)
        body, missing = self._prepare_reply(ticket)
        if missing:
            labels = ticket._get_placeholder_labels()
            problems.append(
                self.env._(
                    "The ticket does not say: %s.",
                    ", ".join(labels.get(name, name) for name in missing),
                )
            )
        if body and not self.is_note and not (ticket.partner_id.email or ticket.email_normalized):
            problems.append(self.env._("There is no address to which the reply could be sent."))
        if ticket.merged_into_id:
            problems.append(self.env._("It goes on in another ticket."))
        return problems

    # ------------------------------------------------------------------ use

    def use(self, ticket_id, seen_message_id=None):
        """Send the reply and change the ticket.

        :param seen_message_id: the last message of the customer that the agent has seen
        :return: {"use": id, "later": {id, seconds} or False, "changes": [{field, value}]}
        :raise NewerMessageError: when the customer has written since
        """
        self.ensure_one()
        ticket = self.env["crm.ticket"].browse(_to_id(ticket_id)).exists()
        if not ticket:
            raise UserError(self.env._("This ticket does not exist any more."))
        ticket.check_access("write")
        self.check_access("read")
        if self not in self._get_for(ticket):
            raise UserError(self.env._("This macro is not meant for this ticket."))
        if problems := self._find_problems(ticket):
            raise UserError("\n".join(problems))
        if seen_message_id is not None and not self.is_note and not is_html_empty(self.body):
            ticket._check_nothing_newer(_to_id(seen_message_id))
        return self._use_on(ticket, can_wait=True)

    def _use_on(self, ticket, can_wait=False):
        changes, _problems = self._prepare_changes(ticket)
        told = self._describe_changes(ticket, changes)
        body, _missing = self._prepare_reply(ticket)
        before = ticket._snapshot(changes)
        later = self._send_reply(ticket, body, can_wait) if body else False
        if changes:
            ticket.write(changes)
        # sudo: facts that are made here alone
        use = (
            self.env["crm.ticket.reply.use"]
            .sudo()
            .create(
                {
                    **ticket._prepare_use_values(),
                    "kind": "macro",
                    "name": self.name,
                    "macro_id": self.id,
                    "before": before,
                    "after": ticket._snapshot(changes),
                    "scheduled_id": later["id"] if later else False,
                    "has_reply": bool(body) and not self.is_note,
                }
            )
        )
        return {"use": use.id, "later": later, "changes": told}

    def _send_reply(self, ticket, body, can_wait):
        """:return: {id, seconds} of a reply that can still be taken back, else False"""
        if self.is_note:
            ticket.message_post(body=body, subtype_xmlid="mail.mt_note")
            return False
        partners = ticket._get_reply_partner()
        if can_wait:
            later = ticket.post_reply_later(
                {"body": str(body), "partner_ids": partners.ids},
                ticket._get_last_customer_message_id(),
            )
            if later:
                return later
        ticket.message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partners.ids,
        )
        return False


def _to_id(value):
    """What a client calls an id; 0 when it is none."""
    return value if type(value) is int and 0 < value < 2**31 else 0
