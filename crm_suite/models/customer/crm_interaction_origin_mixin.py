from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import html2plaintext, is_html_empty

# Links that the interaction follows with higher rights: whoever set them would steer those
ENGINE_FIELDS = ("event_id", "next_activity_id")
# What is fixed once the interaction is there
ORIGIN_FIELDS = (*ENGINE_FIELDS, "activity_id", "message_id")
# What an interaction has from the meeting or the e-mail behind it
FOLLOWED = {
    "event_id": ("date", "duration"),
    "message_id": ("date", "channel", "direction"),
}
MAIL_TYPES = ("comment", "email", "email_outgoing")


class CrmInteractionOriginMixin(models.AbstractModel):
    """Where an interaction comes from: a meeting, an activity that is done, an e-mail.

    Meetings are linked by the system only. An activity or an e-mail may be named by whoever creates
    the interaction, if he may finish the one or read the other; each has one interaction at most.
    """

    _name = "crm.interaction.origin.mixin"
    _description = "Origin of an Interaction"

    event_id = fields.Many2one(
        "calendar.event",
        string="Calendar Meeting",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The interaction follows this meeting.",
    )
    activity_id = fields.Many2one(
        "mail.activity",
        string="Done Activity",
        copy=False,
        ondelete="set null",
        help="The activity that was done with this interaction.",
    )
    message_id = fields.Many2one(
        "mail.message",
        string="E-mail",
        copy=False,
        ondelete="set null",
        help="The e-mail whose outcome this is. Its text stays where it is.",
    )

    _activity_once = models.UniqueIndex(
        "(activity_id) WHERE activity_id IS NOT NULL",
        "This activity is logged already.",
    )
    _message_once = models.UniqueIndex(
        "(message_id) WHERE message_id IS NOT NULL",
        "The outcome of this e-mail is logged already.",
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        for vals in vals_list:
            self._check_activity(
                vals.get("activity_id", self.env.context.get("default_activity_id"))
            )
        records = super().create([self._complete_with_message(vals) for vals in vals_list])
        # what was created, not what was asked for: defaults come from outside as well
        if any(record[name] for record in records for name in ENGINE_FIELDS):
            self._refuse_engine_fields()
        records._check_documents()
        records._check_messages()
        records._finish_activities()
        return records

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if any(name in vals for name in ORIGIN_FIELDS):
            self._refuse_engine_fields()
        self._check_follows(vals)
        known = {record: record._get_linked_documents() for record in self}
        result = super().write(vals)
        self._check_documents(known)
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

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _refuse_engine_fields(self):
        raise AccessError(
            self.env._(
                "The meeting, the e-mail and the activities of an interaction are set by the "
                "system. Change the meeting in the calendar, and the next step in its own fields."
            )
        )

    def _check_follows(self, vals):
        """Refuse to change by hand what follows a meeting or an e-mail: nothing else bounds it."""
        for link, names in FOLLOWED.items():
            for name in set(names) & set(vals):
                for record in self.filtered(link):
                    field = self._fields[name]
                    if field.convert_to_cache(vals[name], record) != record[name]:
                        self._refuse_engine_fields()

    def _check_documents(self, known=None):
        """Refuse to link a document that the user may not read: its contact would show.

        :param dict known: interaction to the documents that were linked before
        :raise AccessError: when a new one may not be read
        """
        for record in self:
            before = (known or {}).get(record, [])
            for document in record._get_linked_documents():
                if document not in before:
                    document.check_access("read")

    def _is_with(self, document, partner=None):
        """Whether this interaction is on a document, or with its customer."""
        self.ensure_one()
        partners = partner or self.env["res.partner"]
        if document._name == "res.partner":
            partners |= document
        elif document and "partner_id" in document._fields:
            partners |= document.partner_id
        return (
            not document
            or document in self._get_linked_documents()
            or self.partner_id.commercial_partner_id in partners.commercial_partner_id
        )

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    @api.model
    def _check_activity(self, activity_id):
        """Refuse an activity that the user may not finish, or that is done."""
        if not activity_id:
            return
        activity = self.env["mail.activity"].browse(activity_id)
        activity.check_access("write")
        if not activity.active:
            raise UserError(self.env._("This activity is done already."))

    def _finish_activities(self):
        """Mark the activities done that these interactions were logged from.

        :raise ValidationError: when one belongs to somebody else's history
        """
        for record in self.filtered("activity_id"):
            activity = record.activity_id
            # sudo: the document of an activity that the user may finish, perhaps without reading it
            document = activity.sudo()._get_document()
            if not record.sudo()._is_with(document):
                raise ValidationError(
                    self.env._("This activity belongs to another customer than the interaction.")
                )
            activity.action_feedback(feedback=record._get_feedback())

    def _get_feedback(self):
        """What the chatter of the document says about the activity that was done."""
        self.ensure_one()
        note = "" if is_html_empty(self.note) else html2plaintext(self.note).strip()
        return "\n".join(text for text in (self.outcome_id.name, note) if text) or False

    # ------------------------------------------------------------------
    # E-mails
    # ------------------------------------------------------------------

    @api.model
    def action_log_message(self, message_id):
        """Open the form that gives an e-mail an outcome and a next step.

        One interaction for each e-mail: when there is one, it is opened.

        :param int message_id: id of a `mail.message`
        :raise AccessError: when the user may read neither the message nor log interactions
        :raise UserError: when it is no e-mail with a customer, or a colleague has logged it
        """
        self.check_access("create")
        message = self.env["mail.message"].browse(message_id).exists()
        self._check_is_mail(message)
        # sudo: somebody may have logged it whose interactions the user does not see
        logged = self.sudo().search([("message_id", "=", message.id)], limit=1)
        logged = logged.with_env(self.env)
        if logged and not logged.has_access("write"):
            raise UserError(self.env._("A colleague has logged the outcome of this e-mail."))
        values = {} if logged else self._prepare_message_values(message)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Outcome of the E-mail"),
            "res_model": self._name,
            "res_id": logged.id,
            "view_mode": "form",
            "views": [(self.env.ref("crm_suite.crm_interaction_view_form_dialog").id, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _check_is_mail(self, message):
        """Refuse what is no e-mail, or none that the user may read."""
        message.check_access("read")
        if (
            not message
            or message.message_type not in MAIL_TYPES
            or message.is_internal
            or message.subtype_id.internal
            or not message.model
        ):
            raise UserError(self.env._("Only an e-mail to or from a customer has an outcome."))

    def _check_messages(self):
        for record in self.filtered("message_id"):
            message = record.message_id
            self._check_is_mail(message)
            document, author = self._get_message_document(message), message.author_id
            partner = (author if author.partner_share else author.browse()) | message.partner_ids
            if not record._is_with(document, partner):
                raise ValidationError(
                    self.env._("This e-mail belongs to another customer than the interaction.")
                )

    def _complete_with_message(self, vals):
        """What an interaction has from its e-mail, whatever was asked for."""
        message_id = vals.get("message_id", self.env.context.get("default_message_id"))
        if not message_id:
            return vals
        message = self.env["mail.message"].browse(message_id)
        self._check_is_mail(message)
        # sudo: also when a colleague has logged it
        if self.sudo().search_count([("message_id", "=", message.id)], limit=1):
            raise UserError(self.env._("The outcome of this e-mail is logged already."))
        values = self._prepare_message_values(message)
        return {
            **{name: value for name, value in values.items() if name not in vals},
            **vals,
            **{name: values[name] for name in FOLLOWED["message_id"]},
        }

    @api.model
    def _get_message_document(self, message):
        """The record on which a message is, as the user."""
        if message.model not in self.env or not message.res_id:
            return self.env["res.partner"]
        return self.env[message.model].browse(message.res_id).exists()

    def _prepare_message_values(self, message):
        """Values of the interaction of an e-mail: never its text."""
        document = self._get_message_document(message)
        author = message.author_id
        is_incoming = message.message_type == "email" and (not author or author.partner_share)
        values = self._prepare_document_values(document)
        if is_incoming and author:
            values["partner_id"] = author.id
        elif not values.get("partner_id"):
            outsiders = message.partner_ids.filtered("partner_share")
            values["partner_id"] = outsiders[:1].id
        return {
            **values,
            "channel": "email",
            "direction": "in" if is_incoming else "out",
            "date": min(message.date, fields.Datetime.now()),
            "name": message.subject or message.record_name or False,
            "user_id": self.env.uid,
            "message_id": message.id,
        }

    @api.model
    def _prepare_document_values(self, document):
        """The links of an interaction on a document to which interactions can be added."""
        if not document or not hasattr(document, "_prepare_interaction_context"):
            return {}
        return {
            name.removeprefix("default_"): value
            for name, value in document._prepare_interaction_context().items()
            if name.startswith("default_")
        }

    # ------------------------------------------------------------------
    # Company
    # ------------------------------------------------------------------

    @api.model
    def _keep_of_company(self, record, company):
        """The record, or nothing when it belongs to other companies only."""
        domain = record._check_company_domain(company)
        return record.with_context(active_test=False).filtered_domain(domain)
