from odoo import api, fields, models
from odoo.tools import email_normalize

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from .crm_ticket_stage import CLOSED_TYPES

# Longer addresses do not exist (RFC 3696), and do not fit into an index
EMAIL_LENGTH = 320

PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Urgent")]


class CrmTicket(models.Model):
    """A request of a customer, from the first message until it is closed.

    Service levels are added in room `sla/`, the mail gateway in room `intake/`, what customers see
    in room `portal/`; room `facts/` keeps what is measured from being entered.
    """

    _name = "crm.ticket"
    _inherit = [
        "crm.customizable.mixin",
        "crm.interaction.mixin",
        "crm.timeline.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
    ]
    _description = "Ticket"
    _order = "priority desc, id desc"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True
    _primary_email = "email_from"
    _mail_post_access = "read"
    _mail_thread_customer = True

    name = fields.Char("Subject", required=True, index="trigram", tracking=True)
    number = fields.Char(readonly=True, copy=False, index="trigram")
    active = fields.Boolean(default=True)
    description = fields.Html()
    priority = fields.Selection(
        PRIORITIES,
        default="1",
        required=True,
        tracking=True,
    )
    team_id = fields.Many2one(
        "crm.ticket.team",
        default=lambda self: self.env["crm.ticket.team"]._get_default_team(self.env.company),
        check_company=True,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Assigned to",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        check_company=True,
        tracking=True,
    )
    responsible_id = fields.Many2one(
        "res.users",
        compute="_compute_responsible_id",
        help="Who has to care: the agent, or the leader of the team while nobody is assigned.",
    )
    stage_id = fields.Many2one(
        "crm.ticket.stage",
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        group_expand="_read_group_stage_ids",
        domain="['|', ('team_ids', '=', False), ('team_ids', 'in', team_id)]",
        copy=False,
        tracking=True,
    )
    stage_type = fields.Selection(
        related="stage_id.type", string="Stage Type", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", check_company=True, index=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer Company",
        store=True,
        precompute=True,
        index=True,
    )
    email_from = fields.Char(
        "Email",
        compute="_compute_email_from",
        store=True,
        readonly=False,
        precompute=True,
        index="trigram",
    )
    email_normalized = fields.Char(
        "Normalized Email", compute="_compute_email_normalized", store=True, precompute=True
    )
    phone = fields.Char(compute="_compute_phone", store=True, readonly=False, precompute=True)
    opened_at = fields.Datetime(
        "Opened on", default=lambda self: self._now(), required=True, copy=False
    )
    closed_at = fields.Datetime(
        "Closed on",
        compute="_compute_closed_at",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="When the ticket was solved, closed, cancelled or marked as spam. Empty while open.",
    )
    first_response_at = fields.Datetime(
        "First Response on",
        copy=False,
        help="When an agent first wrote to the customer. Notes and stage changes do not count.",
    )
    last_customer_message_at = fields.Datetime("Last Customer Message", copy=False)
    last_agent_message_at = fields.Datetime("Last Agent Message", copy=False)
    interaction_ids = fields.One2many("crm.interaction", "ticket_id", "Interactions")
    interaction_count = fields.Integer(compute="_compute_interaction_count")
    waiting_on = fields.Selection(
        [("us", "Us"), ("customer", "Customer"), ("third", "Third party")],
        "Waiting on",
        compute="_compute_waiting_on",
        store=True,
        precompute=True,
        help="Whose turn it is. Empty when the ticket is closed.",
    )

    # The queues of a team and of an agent hold open tickets only: closed ones, which are nearly
    # all of them after a year, cost nothing there
    _open_of_team = models.Index("(team_id, stage_id, user_id) WHERE closed_at IS NULL")
    _open_of_user = models.Index("(user_id, stage_id) WHERE closed_at IS NULL")
    # The timeline of a customer, newest first
    _of_partner = models.Index("(partner_id, opened_at DESC, id DESC)")
    _unique_number = models.UniqueIndex(
        "(number)", "This number is taken by another ticket. Leave it empty to get the next one."
    )
    # The loop check of the mail gateway, which runs for every mail
    _of_sender = models.Index("(email_normalized, create_date)")

    # ------------------------------------------------------------------ compute

    @api.depends("number", "name")
    def _compute_display_name(self):
        for ticket in self:
            ticket.display_name = " ".join(filter(None, (ticket.number, ticket.name)))

    @api.depends("team_id")
    def _compute_company_id(self):
        for ticket in self:
            ticket.company_id = ticket.team_id.company_id or ticket.company_id or self.env.company

    @api.depends("user_id", "team_id.user_id")
    def _compute_responsible_id(self):
        for ticket in self:
            ticket.responsible_id = ticket.user_id or ticket.team_id.user_id

    @api.depends("team_id")
    def _compute_stage_id(self):
        first = {}
        for ticket in self:
            stage, team = ticket.stage_id, ticket.team_id
            if stage and (not stage.team_ids or team in stage.team_ids):
                continue
            if team not in first:
                Stage = self.env["crm.ticket.stage"]
                first[team] = (
                    Stage._get_team_stages(team, ["new"])[:1]
                    or Stage._get_team_stages(team, ["open"])[:1]
                )
            ticket.stage_id = first[team]

    @api.depends("partner_id")
    def _compute_email_from(self):
        for ticket in self:
            ticket.email_from = ticket.partner_id.email or ticket.email_from

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for ticket in self:
            email = email_normalize(ticket.email_from, strict=False)
            ticket.email_normalized = email if email and len(email) <= EMAIL_LENGTH else False

    @api.depends("partner_id")
    def _compute_phone(self):
        for ticket in self:
            ticket.phone = ticket.partner_id.phone or ticket.phone

    @api.depends("stage_id")
    def _compute_closed_at(self):
        for ticket in self:
            if ticket.stage_id.type in CLOSED_TYPES:
                ticket.closed_at = ticket.closed_at or self._now()
            else:
                ticket.closed_at = False

    @api.depends("stage_id", "last_customer_message_at", "last_agent_message_at")
    def _compute_waiting_on(self):
        for ticket in self:
            customer_at, agent_at = ticket.last_customer_message_at, ticket.last_agent_message_at
            answered = agent_at and (not customer_at or agent_at >= customer_at)
            if ticket.stage_id.type in CLOSED_TYPES:
                ticket.waiting_on = False
            elif ticket.stage_id.type == "waiting_third":
                ticket.waiting_on = "third"
            elif ticket.stage_id.type == "waiting_customer" or answered:
                ticket.waiting_on = "customer"
            else:
                ticket.waiting_on = "us"

    @api.depends("interaction_ids")
    def _compute_interaction_count(self):
        counts = dict(
            self.env["crm.interaction"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.interaction_count = counts.get(ticket._origin, 0)

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        team_id = self.env.context.get("default_team_id")
        offered = [("team_ids", "=", False)]
        if team_id:
            offered = ["|", *offered, ("team_ids", "in", team_id)]
        # sudo: the columns are the same for everybody who may see the board
        stage_ids = stages.sudo()._search(
            ["|", ("id", "in", stages.ids), *offered], order=stages._order
        )
        return stages.browse(stage_ids)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_teams(vals.get("team_id") for vals in vals_list)
        self._number(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_teams([vals.get("team_id")])
        return super().write(vals)

    @api.model
    def _check_teams(self, team_ids):
        """The company of a ticket follows its team: nobody passes it to a company not his own."""
        teams = self.env["crm.ticket.team"].browse({team_id for team_id in team_ids if team_id})
        teams.check_access("read")

    @api.model
    def _number(self, vals_list):
        """Give new tickets the next numbers; those that an import has taken are left out."""
        # sudo: agents and the mail gateway may not read sequences, nor the tickets of all teams
        Sequence = self.env["ir.sequence"].sudo()
        Ticket = self.sudo().with_context(active_test=False)
        waiting = [vals for vals in vals_list if not vals.get("number")]
        while waiting:
            for vals in waiting:
                company_id = vals.get("company_id") or self.env.company.id
                vals["number"] = Sequence.with_company(company_id).next_by_code("crm.ticket")
            numbers = [vals["number"] for vals in waiting]
            taken = set(Ticket.search([("number", "in", numbers)]).mapped("number"))
            waiting = [vals for vals in waiting if vals["number"] and vals["number"] in taken]

    @api.ondelete(at_uninstall=False)
    def _unlink_interactions_without_contact(self):
        """What was logged on a ticket of nobody belongs to nobody once the ticket is gone."""
        # sudo: the interactions of colleagues on this ticket go with it as well
        self.env["crm.interaction"].sudo().search(
            [("ticket_id", "in", self.ids), ("partner_id", "=", False)]
        ).unlink()

    # ------------------------------------------------------------------ actions

    def action_assign_to_me(self):
        self.write({"user_id": self.env.uid})

    def action_view_interactions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_interaction_action")
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = self._prepare_interaction_context()
        return action

    def _prepare_interaction_context(self):
        return {
            **super()._prepare_interaction_context(),
            "default_ticket_id": self.id,
            "default_partner_id": self.partner_id.id,
        }

    # ------------------------------------------------------------------ business

    @api.model
    def _now(self):
        """The present by the clock of the database, which all workers share; whole seconds."""
        return self.env.cr.now().replace(microsecond=0)

    def _reopen(self, **values):
        """Put tickets that wait for the customer or were closed back among the open ones.

        :param values: what changes with it
        """
        for team, tickets in self.grouped("team_id").items():
            stages = self.env["crm.ticket.stage"]._get_team_stages(team, ["open", "new"])
            stage = stages.filtered(lambda s: s.type == "open")[:1] or stages[:1]
            if stage or values:
                tickets.write({**values, **({"stage_id": stage.id} if stage else {})})

    def _is_customer(self, partner, email):
        """Whether a message was written by the customer of this ticket or by one of his people.

        :param partner: author of the message, may be empty
        :param email: address of the author when he is no known contact
        """
        self.ensure_one()
        if partner:
            return (
                partner.commercial_partner_id == self.commercial_partner_id
                or partner in self.message_partner_ids
                or bool(self.email_normalized)
                and partner.email_normalized == self.email_normalized
            )
        normalized = email_normalize(email)
        return bool(normalized) and normalized == self.email_normalized

    def _register_customer_message(self, message=None):
        """A customer wrote: it is our turn, and the ticket is open again."""
        now = self._now()
        for ticket in self:
            values = ticket._prepare_customer_message_values(now)
            if ticket.stage_type in ("waiting_customer", "solved", "closed"):
                ticket._reopen(**values)
            else:
                ticket.write(values)

    def _prepare_customer_message_values(self, now):
        return {"last_customer_message_at": now}

    def _register_agent_message(self, message=None):
        """An agent wrote to the customer, or talked to him."""
        now = self._now()
        for ticket in self:
            ticket.write(ticket._prepare_agent_message_values(now))

    def _prepare_agent_message_values(self, now):
        values = {"last_agent_message_at": now}
        return values if self.first_response_at else {**values, "first_response_at": now}

    # ------------------------------------------------------------------ mail

    def _creation_subtype(self):
        return self.env.ref("crm_suite_helpdesk.mt_ticket_created")

    def _track_subtype(self, init_values):
        self.ensure_one()
        if "stage_id" in init_values:
            return self.env.ref("crm_suite_helpdesk.mt_ticket_stage")
        return super()._track_subtype(init_values)

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        # sudo: what follows from a message does not depend on the rights of its author, nor on
        # what a form would ask for; else the message would be lost
        ticket = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        message = message.sudo()
        ticket._link_new_contact(message)
        if ticket._is_public_message(message):
            author = message.author_id
            if author and author == ticket.partner_id:
                # An employee may be a customer, too
                ticket._register_customer_message(message)
            elif author and not author.partner_share:
                if ticket._is_answer(message):
                    ticket._register_agent_message(message)
            elif ticket._is_from_customer(message):
                ticket._register_customer_message(message)
            # What is still to be computed must not be refused later, outside of this context
            ticket.flush_recordset()
        return res

    def _is_answer(self, message):
        """Whether a public message in the name of a colleague is his: anybody can write a name."""
        is_typed = message.message_type in ("comment", "email_outgoing")
        return is_typed and not message.create_uid.share

    def _is_from_customer(self, message):
        """Whether a public message of somebody outside makes it our turn."""
        return self._is_customer(message.author_id, message.email_from)

    def _is_public_message(self, message):
        """Whether a message is part of the conversation between customer and agents.

        Notes, notifications of the system and automatic answers are not.
        """
        return (
            message.message_type in ("comment", "email", "email_outgoing")
            and message.subtype_id
            and not message.subtype_id.internal
            and not message.is_internal
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Notes are private: a customer who is mentioned in one is not sent what we say of him."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        note = message.sudo()  # what it is does not depend on who may read it
        # What is sent to somebody by name is no note, and neither is an automatic answer
        is_open = note.message_type in ("user_notification", "auto_comment")
        if is_open or not (note.is_internal or note.subtype_id.internal):
            return recipients
        outsiders = [recipient for recipient in recipients if recipient["share"]]
        if outsiders:
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "message": self.env._(
                        "Notes are private. Not sent to: %s",
                        ", ".join(filter(None, (outsider["name"] for outsider in outsiders))),
                    ),
                },
            )
        return [recipient for recipient in recipients if not recipient["share"]]

    def _link_new_contact(self, message):
        """A contact that was created by answering a stranger becomes the customer of the ticket."""
        if self.partner_id or not self.email_normalized:
            return
        contact = message.partner_ids.filtered(
            lambda p: p.email_normalized == self.email_normalized
        )[:1]
        if contact:
            self.partner_id = contact
            self.message_subscribe(contact.ids)

    def _get_customer_information(self):
        information = super()._get_customer_information()
        for ticket in self.filtered(lambda t: t.email_normalized and not t.partner_id):
            information.setdefault(ticket.email_normalized, {}).update(
                {"phone": ticket.phone, "company_id": ticket.company_id.id}
            )
        return information

    def _get_opening_attachments(self):
        """Files that the customer sent with the opening message of the ticket.

        Files of notes are attached to the ticket as well: they are left out, because this list is
        shown to the customer.
        """
        self.ensure_one()
        opening = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("subtype_id", "=", self._creation_subtype().id),
            ]
        )
        return opening.filtered(self._is_public_message).attachment_ids
