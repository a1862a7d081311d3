from odoo import SUPERUSER_ID, fields, models
from odoo.tools import is_html_empty, plaintext2html

from odoo.addons.mail.tools.discuss import Store

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class MailActivity(models.Model):
    """Calls, visits, meetings and letters that are done become interactions by themselves."""

    _inherit = "mail.activity"

    interaction_channel = fields.Selection(related="activity_type_id.interaction_channel")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        reopened = self.browse()
        if vals.get("active"):
            reopened = self.filtered(lambda activity: not activity.active)
        result = super().write(vals)
        reopened._take_back_interactions()
        return result

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_log_interaction(self):
        """Open the form that logs what came of this activity, and finishes it.

        :raise UserError: when the activity is done, or on nothing that takes interactions
        """
        self.ensure_one()
        self.check_access("write")
        Interaction = self.env["crm.interaction"]
        document = self._get_document()
        action = Interaction._prepare_log_action(self.interaction_channel)
        action["context"].update(
            {
                f"default_{name}": value
                for name, value in Interaction._prepare_document_values(document).items()
                if name not in ("channel", "user_id")
            }
        )
        action["context"].update(default_activity_id=self.id, default_name=self._get_subject())
        return action

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.Attr("interaction_channel", lambda activity: activity._get_log_channel()),
        ]

    def _get_log_channel(self):
        """The channel of the interaction that the user can log from this activity, if any."""
        self.ensure_one()
        return (
            self.res_model in self.env
            and hasattr(self.env[self.res_model], "_prepare_interaction_context")
            and self.env["crm.interaction"].has_access("create")
            and self.interaction_channel
        )

    # ------------------------------------------------------------------
    # Interactions
    # ------------------------------------------------------------------

    def _action_done(self, feedback=False, attachment_ids=None):
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        self.filtered("interaction_channel").exists()._log_interactions(feedback)
        return result

    def _log_interactions(self, feedback=False):
        """Make one interaction of each activity that somebody has just done with a customer.

        Set-based: one search and one create, whatever the number of activities. What a robot does
        is no contact with anybody.
        """
        if not self or self.env.uid == SUPERUSER_ID or not self.env.user._is_internal():
            return
        # sudo: the history follows what was done, whoever may read or write the log
        Interaction = (
            self.env["crm.interaction"]
            .sudo()
            .with_context(
                tracking_disable=True,
                mail_create_nosubscribe=True,
                # what a form asks for is filled in later: no activity stays open for it
                crm_form_rules=KEEP_INCOMPLETE,
            )
        )
        logged = Interaction.search([("activity_id", "in", self.ids)]).activity_id
        vals_list = []
        for activity, document in (self - logged).sudo()._get_documents():
            event = activity.calendar_event_id
            if not document._takes_interactions() or (event and event._is_private_meeting()):
                continue
            values = activity._prepare_interaction_values(document, feedback)
            if event and activity._join_meeting(Interaction, event, values):
                continue
            vals_list.append(values)
        Interaction.create(vals_list)

    def _join_meeting(self, Interaction, event, values):
        """Tell the interaction that a meeting has become already what came of it.

        :return: whether there is one; else `values` follow the meeting if it has begun
        """
        contact = self.env["res.partner"].browse(values["partner_id"])
        held = event.interaction_ids.filtered(
            lambda record: (
                record.commercial_partner_id == contact.commercial_partner_id
                or (record.lead_id and record.lead_id.id == values.get("lead_id"))
            )
        )
        if not held:
            if event.start <= values["date"]:
                values.update(event_id=event.id, date=event.start, duration=max(event.duration, 0))
            return False
        interaction = Interaction.browse((held.filtered("activity_id") or held)[:1].id)
        note = interaction.note if not is_html_empty(interaction.note) else ""
        changes = {"note": note + values["note"]} if values["note"] else {}
        if not interaction.activity_id:
            changes["activity_id"] = self.id
        if changes:
            interaction.write(changes)
        return True

    def _prepare_interaction_values(self, document, feedback=False):
        """Values that fit one company: history never keeps an activity open.

        :param document: of the activity, which takes interactions
        :param str feedback: plain text
        """
        self.ensure_one()
        Interaction = self.env["crm.interaction"]
        values = Interaction._prepare_document_values(document)
        contact = self.env["res.partner"].browse(values.get("partner_id"))
        company = (
            ("company_id" in document._fields and document.company_id)
            or contact.company_id
            or self.env.company
        )
        return {
            **values,
            "name": self._get_subject() or self._get_default_subject(contact or document),
            "date": self.env.cr.now().replace(microsecond=0),
            "channel": self.interaction_channel,
            "direction": "out",
            "note": plaintext2html(feedback) if feedback else False,
            "partner_id": Interaction._keep_of_company(contact, company).id,
            "user_id": Interaction._keep_of_company(self.env.user, company).id,
            "company_id": company.id,
            "activity_id": self.id,
        }

    def _get_subject(self):
        """What the activity was about, unless it says no more than its type."""
        self.ensure_one()
        kind = self.activity_type_id
        return self.summary if self.summary not in (kind.summary, kind.name) else False

    def _get_default_subject(self, who):
        channels = dict(self._fields["interaction_channel"]._description_selection(self.env))
        return self.env._(
            "%(channel)s: %(contact)s",
            channel=channels[self.interaction_channel],
            contact=who.display_name,
        )

    def _get_document(self):
        self.ensure_one()
        return next((document for _self, document in self._get_documents()), None)

    def _get_documents(self):
        """These activities with their documents, those that interactions can be added to."""
        pairs = []
        for model, activities in self.grouped("res_model").items():
            if not model or not hasattr(self.env[model], "_prepare_interaction_context"):
                continue
            existing = set(self.env[model].browse(activities.mapped("res_id")).exists().ids)
            pairs += [
                (activity, self.env[model].browse(activity.res_id).with_prefetch(existing))
                for activity in activities
                if activity.res_id in existing
            ]
        return pairs

    def _take_back_interactions(self):
        """An activity that is opened again was not done: what it became goes, if nobody has added
        anything to it. Else it stays, and is the one of this activity when it is done again.
        """
        if not self:
            return
        # sudo: as it was made
        interactions = self.env["crm.interaction"].sudo().search([("activity_id", "in", self.ids)])
        interactions.filtered(
            lambda record: (
                record.write_date == record.create_date
                and not record.event_id
                and not record.outcome_id
                and not record.next_step
                and not record.duration
                and is_html_empty(record.note)
            )
        ).unlink()
