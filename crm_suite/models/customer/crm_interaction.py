from datetime import datetime, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_datetime, is_html_empty

CHANNELS = [
    ("phone", "Phone Call"),
    ("meeting", "Meeting"),
    ("visit", "Visit"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("chat", "Chat"),
    ("sms", "SMS"),
    ("social", "Social Network"),
    ("web", "Web"),
    ("other", "Other"),
]
CHANNEL_ICONS = {
    "phone": "fa-phone",
    "meeting": "fa-users",
    "visit": "fa-map-marker",
    "email": "fa-envelope-o",
    "letter": "fa-file-text-o",
    "chat": "fa-comments-o",
    "sms": "fa-mobile",
    "social": "fa-share-alt",
    "web": "fa-globe",
    "other": "fa-ellipsis-h",
}
# What is typed by hand has happened; a day of grace for people in other time zones
FUTURE_GRACE = timedelta(days=1)
EARLIEST = datetime(1970, 1, 1)
LONGEST_HOURS = 24
# For so long, what was logged by mistake can be deleted by whoever logged it
TAKE_BACK = timedelta(days=1)
# Keys of the context with which whoever calls from outside would keep edits out of the chatter
SILENCERS = ("tracking_disable", "mail_notrack", "mail_create_nolog")


class CrmInteraction(models.Model):
    """One contact with a customer: a call, a visit, a meeting, a letter.

    E-mails are messages already and are never copied here.
    """

    _name = "crm.interaction"
    _description = "Interaction"
    _inherit = [
        "crm.customizable.mixin",
        "crm.interaction.mixin",
        "crm.next.step.mixin",
        "crm.interaction.origin.mixin",
        "crm.interaction.panel.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Subject",
        tracking=True,
        help="Left empty, the channel and the contact become the subject.",
    )
    date = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now(), tracking=True, copy=False
    )
    duration = fields.Float(tracking=True, help="In hours.")
    # a measure has one aggregate only
    average_duration = fields.Float(
        compute="_compute_average_duration",
        aggregator="avg",
        help="In hours, of those whose duration is known.",
    )
    date_end = fields.Datetime(string="End", compute="_compute_date_end")
    channel = fields.Selection(
        CHANNELS,
        required=True,
        default="phone",
        tracking=True,
    )
    channel_icon = fields.Char(compute="_compute_channel_icon")
    direction = fields.Selection(
        [("out", "Outgoing"), ("in", "Incoming")],
        required=True,
        default="out",
        tracking=True,
        help="Outgoing: we contacted the customer. Incoming: the customer contacted us.",
    )
    note = fields.Html(string="Notes")
    outcome_id = fields.Many2one(
        "crm.interaction.outcome",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        check_company=True,
        index=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        compute="_compute_partner_id",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        tracking=True,
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        tracking=True,
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        tracking=True,
        check_company=True,
        domain=[("move_type", "in", ("out_invoice", "out_refund"))],
        ondelete="set null",
        index="btree_not_null",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Scans and Files",
        copy=False,
        help="The letter that came in, a photo of the visit, the minutes of the meeting.",
    )
    contact_phone = fields.Char(string="Phone", compute="_compute_contact_phone")

    # serves the timeline: the newest of one contact first
    _partner_date_idx = models.Index("(partner_id, date DESC, id DESC)")
    _commercial_date_idx = models.Index("(commercial_partner_id, date DESC, id DESC)")
    _duration_not_negative = models.Constraint(
        "CHECK(duration >= 0)", "The duration of an interaction cannot be negative."
    )

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("date", "duration")
    def _compute_date_end(self):
        for interaction in self:
            interaction.date_end = interaction.date and interaction.date + timedelta(
                hours=interaction.duration
            )

    @api.depends("duration")
    def _compute_average_duration(self):
        for interaction in self:
            interaction.average_duration = interaction.duration

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "average_duration:avg":
            duration = self._field_to_sql(self._table, "duration", query)
            return SQL("AVG(NULLIF(%s, 0))", duration)
        return super()._read_group_select(aggregate_spec, query)

    @api.depends("channel")
    def _compute_channel_icon(self):
        icons = self._get_channel_icons()
        for interaction in self:
            interaction.channel_icon = icons.get(interaction.channel, CHANNEL_ICONS["other"])

    @api.model
    def _get_channel_icons(self):
        """Font Awesome class of each channel."""
        return CHANNEL_ICONS

    @api.depends("lead_id.partner_id", "order_id.partner_id", "move_id.partner_id")
    def _compute_partner_id(self):
        for interaction in self:
            partner = interaction.partner_id
            for document in interaction._get_linked_documents():
                partner = partner or document.partner_id
            interaction.partner_id = partner

    @api.depends("lead_id", "order_id", "move_id")
    def _compute_company_id(self):
        for interaction in self:
            company = self.env["res.company"]
            for document in interaction._get_linked_documents():
                company = company or document.company_id
            interaction.company_id = company or interaction.company_id or self.env.company

    @api.depends("partner_id.phone", "lead_id")
    def _compute_contact_phone(self):
        for interaction in self:
            lead = interaction.lead_id
            phone = interaction.partner_id.phone
            if not phone and lead and lead.has_access("read"):
                phone = lead.phone
            interaction.contact_phone = phone

    def _get_linked_documents(self):
        """The documents of one interaction, the most specific first. Each has a ``partner_id``.

        :rtype: list of records
        """
        self.ensure_one()
        return [document for document in (self.move_id, self.order_id, self.lead_id) if document]

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("date", "event_id")
    def _check_date(self):
        latest = fields.Datetime.now() + FUTURE_GRACE
        for interaction in self:
            if interaction.event_id or not interaction.date:
                continue
            if interaction.date < EARLIEST:
                raise ValidationError(
                    self.env._(
                        "The date of the interaction is too far in the past. Is the year right?"
                    )
                )
            if interaction.date > latest:
                raise ValidationError(
                    self.env._(
                        "An interaction is logged when it has happened, its date cannot be in the "
                        "future. Plan a meeting or a next step instead."
                    )
                )

    @api.constrains("duration", "event_id")
    def _check_duration(self):
        for interaction in self:
            # not "> LONGEST_HOURS": a client may also send what is no number
            if not interaction.event_id and not interaction.duration <= LONGEST_HOURS:
                raise ValidationError(
                    self.env._(
                        "An interaction cannot last longer than %(hours)s hours.",
                        hours=LONGEST_HOURS,
                    )
                )

    @api.constrains("partner_id", "lead_id", "order_id", "move_id")
    def _check_contact(self):
        for interaction in self:
            if not interaction.partner_id and not interaction._get_linked_documents():
                raise ValidationError(
                    self.env._("Choose the contact, or the lead, with whom this interaction was.")
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        for interaction in interactions.filtered(lambda record: not record.name):
            interaction.name = interaction._prepare_name()
        interactions._adopt_attachments()
        return interactions

    def write(self, vals):
        if not self.env.su and any(self.env.context.get(key) for key in SILENCERS):
            loud = self.with_context(**dict.fromkeys(SILENCERS))
            return loud.write(vals)
        notes = {record: record.note for record in self} if "note" in vals else {}
        result = super().write(vals)
        self._log_old_notes(notes)
        if "attachment_ids" in vals:
            self._adopt_attachments()
        if "name" in vals and not vals["name"]:
            for interaction in self:
                interaction.name = interaction._prepare_name()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        """What was logged by mistake may be taken back at once; later, history is for managers."""
        if self.env.su or self.env.user.has_group("sales_team.group_sale_manager"):
            return
        since = self.env.cr.now() - TAKE_BACK
        if any(
            record.create_date < since or self.env.user not in record.user_id | record.create_uid
            for record in self
        ):
            raise UserError(
                self.env._(
                    "Interactions are history. You can take back what you logged in the last "
                    "%(hours)s hours; anything else only a sales manager can delete.",
                    hours=round(TAKE_BACK.total_seconds() / 3600),
                )
            )

    def unlink(self):
        if not self.env.su:
            self._log_deletion()
        return super().unlink()

    def _log_deletion(self):
        """Keep on the document or the contact that an interaction was taken out of the history."""
        for record in self:
            # sudo: whoever may delete an interaction may say so where it belonged
            target = next(iter([*record._get_linked_documents(), record.partner_id])).sudo()
            target._message_log(
                body=self.env._(
                    "The interaction “%(name)s” of %(date)s was deleted.",
                    name=record.name,
                    date=format_datetime(self.env, record.date),
                ),
                author_id=self.env.user.partner_id.id,
            )

    def _log_old_notes(self, notes):
        """Keep in the chatter what notes said before they were changed: core tracks no HTML."""
        changed = {
            record: note
            for record, note in notes.items()
            if not is_html_empty(note) and note != record.note
        }
        if changed:
            self.browse(record.id for record in changed)._message_log_batch(
                bodies={
                    record.id: Markup("<p>%s</p><blockquote>%s</blockquote>")
                    % (self.env._("The notes were changed. They said:"), note)
                    for record, note in changed.items()
                }
            )

    def _adopt_attachments(self):
        """Hang the files that the user has uploaded for these interactions on them."""
        for interaction in self.filtered("attachment_ids"):
            uploaded = interaction.attachment_ids.filtered(
                lambda file: (
                    not file.res_id
                    and file.res_model in (False, self._name)
                    and file.create_uid == self.env.user
                )
            )
            uploaded.write({"res_model": self._name, "res_id": interaction.id})

    def _prepare_name(self):
        """The subject of an interaction for which nobody typed one."""
        self.ensure_one()
        channel = dict(self._fields["channel"]._description_selection(self.env))[self.channel]
        who = self.partner_id.name or next(
            (document.display_name for document in self._get_linked_documents()), ""
        )
        return self.env._("%(channel)s: %(contact)s", channel=channel, contact=who)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_contact(self):
        self.ensure_one()
        return self.partner_id.get_formview_action()

    # ------------------------------------------------------------------
    # Links
    # ------------------------------------------------------------------

    @api.model
    def _prepare_log_action(self, channel=None):
        """The action that opens the small form.

        :param str channel: preset; refused when there is none of that name
        """
        if channel and channel not in self._get_channel_icons():
            raise ValidationError(self.env._("There is no channel “%(name)s”.", name=channel))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Interaction"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(self.env.ref("crm_suite.crm_interaction_view_form_dialog").id, "form")],
            "target": "new",
            "context": {"default_channel": channel} if channel else {},
        }

    def _get_activity_targets(self):
        return [*self._get_linked_documents(), self.partner_id]

    def _prepare_interaction_context(self):
        """Another interaction with the same contact about the same documents."""
        context = super()._prepare_interaction_context()
        for document in reversed(self._get_linked_documents()):
            context.update(document._prepare_interaction_context())
        return {**context, "default_partner_id": self.partner_id.id}

    # ------------------------------------------------------------------
    # Meetings
    # ------------------------------------------------------------------

    def _drop_planned(self):
        """Take away what was only planned; what has happened is history and stays."""
        self.filtered(lambda interaction: interaction.date > fields.Datetime.now()).unlink()

    def _get_superfluous(self):
        """Of interactions with one customer in one meeting, those that add nothing to another."""
        rich = self.filtered(
            lambda record: record.note or record.outcome_id or record.next_step or record.move_id
        )
        kept = rich or self.sorted("id")[:1]
        return self - kept
