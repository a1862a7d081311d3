from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools.misc import clean_context

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
NEXT_STEP_FIELDS = {"next_step", "next_step_date", "user_id"}
# Links that the interaction follows with higher rights: whoever set them would steer those
ENGINE_FIELDS = ("event_id", "next_activity_id")


class CrmInteraction(models.Model):
    """One contact with a customer: a call, a visit, a meeting, a letter.

    E-mails are messages already and are never copied here.
    """

    _name = "crm.interaction"
    _description = "Interaction"
    _inherit = ["crm.customizable.mixin", "mail.thread", "mail.activity.mixin"]
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
    date_end = fields.Datetime(string="End", compute="_compute_date_end")
    channel = fields.Selection(
        [
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
        ],
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
    next_step = fields.Char(tracking=True, copy=False)
    next_step_date = fields.Date(
        tracking=True, copy=False, help="The next step becomes an activity that is due on this day."
    )
    next_activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    next_step_state = fields.Selection(related="next_activity_id.state", string="Next Step Status")
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
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        check_company=True,
        domain=[("move_type", "in", ("out_invoice", "out_refund"))],
        ondelete="set null",
        index="btree_not_null",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Calendar Meeting",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The interaction follows this meeting.",
    )

    # serves the timeline: the newest of one contact first
    _partner_date_idx = models.Index("(partner_id, date DESC, id DESC)")
    _commercial_date_idx = models.Index("(commercial_partner_id, date DESC)")
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
            if interaction.event_id:
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
            if not interaction.event_id and interaction.duration > LONGEST_HOURS:
                raise ValidationError(
                    self.env._(
                        "An interaction cannot last longer than %(hours)s hours.",
                        hours=LONGEST_HOURS,
                    )
                )

    @api.constrains("next_step", "next_step_date")
    def _check_next_step(self):
        for interaction in self:
            if bool(interaction.next_step) != bool(interaction.next_step_date):
                raise ValidationError(
                    self.env._("A next step needs both: what is to be done, and by when.")
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
        # what was created, not what was asked for: defaults come from outside as well
        if not self.env.su:
            if any(interaction[name] for interaction in interactions for name in ENGINE_FIELDS):
                self._refuse_engine_fields()
            interactions._check_documents()
        for interaction in interactions.filtered(lambda record: not record.name):
            interaction.name = interaction._prepare_name()
        interactions._sync_next_activity()
        return interactions

    def write(self, vals):
        if not self.env.su:
            if any(name in vals for name in ENGINE_FIELDS):
                self._refuse_engine_fields()
            self._check_follows_meeting(vals)
        known = {
            interaction: interaction._get_linked_documents()
            for interaction in (self.browse() if self.env.su else self)
        }
        result = super().write(vals)
        if not self.env.su:
            self._check_documents(known)
        if "name" in vals and not vals["name"]:
            for interaction in self:
                interaction.name = interaction._prepare_name()
        if NEXT_STEP_FIELDS & set(vals):
            self._sync_next_activity()
        return result

    def onchange(self, values, field_names, fields_spec):
        # a form reads the contact of the document with higher rights, before anything is saved
        if not self.env.su:
            defaults = {name: self.env.context.get(f"default_{name}") for name in self._fields}
            links = {
                name: value
                for name, value in {**defaults, **values}.items()
                # a link may also be a pair or a dict: `new` reads them all
                if value and name in self._fields and self._fields[name].type == "many2one"
            }
            known = self._get_linked_documents() if self else []
            for document in self.new(links)._get_linked_documents():
                if document._origin not in known:
                    document._origin.check_access("read")
        return super().onchange(values, field_names, fields_spec)

    def _refuse_engine_fields(self):
        raise AccessError(
            self.env._(
                "The meeting and the activity of an interaction are set by the system. Change the "
                "meeting in the calendar, and the next step in its own fields."
            )
        )

    def _check_follows_meeting(self, vals):
        """Refuse to move by hand what follows a meeting: nothing else bounds its date."""
        for name in {"date", "duration"} & set(vals):
            for interaction in self.filtered("event_id"):
                field = self._fields[name]
                if field.convert_to_cache(vals[name], interaction) != interaction[name]:
                    self._refuse_engine_fields()

    def _check_documents(self, known=None):
        """Refuse to link a document that the user may not read: its contact would show.

        :param dict known: interaction to the documents that were linked before
        :raise AccessError: when a new one may not be read
        """
        for interaction in self:
            before = (known or {}).get(interaction, [])
            for document in interaction._get_linked_documents():
                if document not in before:
                    document.check_access("read")

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
    # Next step
    # ------------------------------------------------------------------

    def _sync_next_activity(self):
        """Keep the activity of the next step in step with what the interaction says."""
        # sudo: the activity is a consequence of the interaction, which the user was allowed to
        # edit; a colleague may own the activity
        open_activities = self.sudo().next_activity_id.filtered("active")
        to_create = self.browse()
        to_drop = open_activities.browse()
        changes = {}
        for interaction in self:
            activity = interaction.sudo().next_activity_id & open_activities
            if not interaction.next_step or not interaction.user_id:
                to_drop += activity
            elif not activity:
                to_create += interaction
            else:
                values = interaction._prepare_activity_values()
                if any(
                    activity._fields[name].convert_to_write(activity[name], activity) != value
                    for name, value in values.items()
                ):
                    changes.setdefault(tuple(values.items()), []).append(activity.id)
        to_drop.unlink()
        for values, ids in changes.items():
            open_activities.browse(ids).write(dict(values))
        to_create._create_next_activities()

    def _prepare_activity_values(self):
        self.ensure_one()
        return {
            "summary": self.next_step,
            "date_deadline": self.next_step_date,
            "user_id": self.user_id.id,
        }

    def _create_next_activities(self):
        if not self:
            return
        activity_type = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        targets = [interaction._get_activity_target() for interaction in self]
        # the defaults of the screen (default_name, default_user_id) are not meant for activities
        activities = (
            self.env["mail.activity"]  # pylint: disable=context-overridden
            .with_context(clean_context(self.env.context))
            .create(
                [
                    {
                        **interaction._prepare_activity_values(),
                        "activity_type_id": activity_type.id if activity_type else False,
                        "res_model_id": self.env["ir.model"]._get_id(target._name),
                        "res_id": target.id,
                    }
                    for interaction, target in zip(self, targets, strict=True)
                ]
            )
        )
        for interaction, activity in zip(self, activities, strict=True):
            # sudo: nobody links an activity by hand
            interaction.sudo().next_activity_id = activity

    def _get_activity_target(self):
        """The most specific record on which the user may plan, the interaction itself at last."""
        self.ensure_one()
        for record in [*self._get_linked_documents(), self.partner_id]:
            if (
                record
                and record.has_access("read")
                and record.has_access(getattr(record, "_mail_post_access", "write"))
            ):
                return record
        return self

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
