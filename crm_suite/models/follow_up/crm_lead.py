from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.mail import email_normalize_all

from .batches import BATCH, run_in_batches
from .crm_attention_mixin import ATTENTION_FACTS
from .crm_first_contact_mixin import FIRST_CONTACT_FACTS

# What decides whether a lead is still open
STATUS_FIELDS = {"active", "probability", "stage_id", "won_status"}
FACTS = FIRST_CONTACT_FACTS | ATTENTION_FACTS
# Done activities of these kinds were a talk with the customer. Those that become interactions speak
# for themselves: an interaction knows whether somebody was reached.
TALKS = ("phonecall", "meeting")


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.first.contact.mixin", "crm.attention.mixin", "crm.lead"]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get(name) for vals in vals_list for name in FACTS):
            self._refuse_facts()
        now = self.env.cr.now().replace(microsecond=0)
        leads = super().create([{"last_touch_at": now, **vals} for vals in vals_list])
        leads._promise_first_contact()
        return leads

    def write(self, vals):
        if not self.env.su and FACTS & vals.keys():
            self._refuse_facts()
        moved = self.browse()
        if "stage_id" in vals:
            moved = self.filtered(lambda lead: lead.stage_id.id != vals["stage_id"])
        names = set(vals)  # the core method adds values
        result = super().write(vals)
        moved._touch()
        if "team_id" in names:
            self._follow_team()
        if STATUS_FIELDS & names:
            self._follow_status()
        return result

    def _add_missing_default_values(self, values):
        complete = super()._add_missing_default_values(values)
        if not self.env.su:
            # defaults come from the context, which whoever calls from outside may choose
            for name in FACTS - values.keys():
                complete.pop(name, None)
        return complete

    @api.model
    def _refuse_facts(self):
        raise AccessError(
            self.env._(
                "When a lead was contacted, touched or snoozed is measured; it cannot be entered."
            )
        )

    def _store_facts(self, **values):
        """Set measured fields, without what the write of a user entails."""
        if not self:
            return
        leads = self.sudo()  # nobody but the system writes them
        with self.env.protecting([self._fields[name] for name in values], leads):
            for name, value in values.items():
                leads[name] = value
        leads.modified(values)

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: the history moves as a whole
        opportunities.sudo().snooze_ids.write({"lead_id": self.id})
        leads = self | opportunities
        messages = [at for at in leads.mapped("first_contact_message_at") if at]
        self._store_facts(
            snooze_count=sum(leads.mapped("snooze_count")),
            first_contact_message_at=min(messages, default=False),
            last_touch_at=max(
                at for at in [*leads.mapped("last_touch_at"), self.create_date] if at
            ),
        )
        self._sync_first_contact()
        return result

    # ------------------------------------------------------------------
    # Messages
    # ------------------------------------------------------------------

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        self._follow_message(message)
        return message

    def _message_mail_after_hook(self, mails):
        result = super()._message_mail_after_hook(mails)
        # letters that somebody sends to the leads of a list; circulars of a campaign are no contact
        is_campaign = "mailing_id" in mails._fields and any(mail.mailing_id for mail in mails)
        if not is_campaign and self.env.uid != SUPERUSER_ID and self.env.user._is_internal():
            self._touch()
            self._register_message_contact()
        return result

    def _follow_message(self, message):
        """Note what a message says about these leads: they were touched, perhaps contacted."""
        message = message.sudo()  # what it is does not depend on who may read it
        is_done_activity = bool(message.mail_activity_type_id)
        is_talk = message.message_type in ("comment", "email") and not (
            message.is_internal or message.subtype_id.internal or not message.subtype_id
        )
        if (
            not self
            or not (is_done_activity or is_talk)
            or self.env.context.get("crm_mail_machine")
        ):
            return
        self._touch()
        if is_done_activity:
            kind = message.mail_activity_type_id
            is_contact = kind.category in TALKS and not kind.interaction_channel
        else:
            is_contact = self._is_to_customer(message)
        if is_contact and self._is_employee(message.author_id):
            self._register_message_contact()
            if not is_done_activity:
                self._drop_reminders()

    @api.model
    def _is_employee(self, partner):
        robot = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        return bool(partner) and not partner.partner_share and partner.id != robot

    def _is_to_customer(self, message):
        """Whether somebody outside got a message, not only colleagues."""
        if message.outgoing_email_to:
            return True
        if any(partner.partner_share for partner in message.notification_ids.res_partner_id):
            return True
        # an employee who answers from his own mail program writes to the customer directly
        addresses = email_normalize_all(
            f"{message.incoming_email_to or ''},{message.incoming_email_cc or ''}"
        )
        customers = {lead.email_normalized for lead in self} | {
            lead.partner_id.email_normalized for lead in self
        }
        return bool(customers.intersection(addresses) - {False})

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    def _get_readable_by(self, user):
        """Those of these leads that a user may read: nobody is told of what he may not see."""
        if not user or not user.active:
            return self.browse()
        companies = user.company_ids.ids
        readable = self.with_user(user).with_context(allowed_company_ids=companies)
        return readable._filtered_access("read").with_env(self.env)

    def _schedule_reminder(self, user, type_xmlid, get_summary):
        """Give a user one activity on each of these leads.

        :param get_summary: the text in the language of an environment
        :return: these leads
        """
        activity_type = self.env.ref(type_xmlid, raise_if_not_found=False)
        self._create_reminders(
            user, activity_type, [get_summary(self.env(context={"lang": user.lang}))] * len(self)
        )
        return self

    def _create_reminders(self, user, activity_type, summaries):
        # without a mail for each: reminders are in the list of activities
        return (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                        "res_id": lead.id,
                        "user_id": user.id,
                        "activity_type_id": activity_type.id if activity_type else False,
                        "summary": summary,
                        "date_deadline": self.env.cr.now().date(),
                        "automated": True,
                        "is_follow_up": True,
                    }
                    for lead, summary in zip(self, summaries, strict=True)
                ]
            )
        )

    def _drop_reminders(self):
        """Take back reminders that nobody needs any more."""
        # sudo: the reminder of a colleague is done, too, when somebody has contacted the customer
        self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", self.ids),
                ("is_follow_up", "=", True),
            ]
        ).unlink()

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_follow_first_contacts(self):
        """Record meetings that were held, count in changed hours, remind of what became late.

        Lists and filters do not depend on this.
        """
        run_in_batches(
            self.env, [self._record_held_contacts, self._recount_deadlines, self._remind_of_late]
        )

    @api.model
    def _select_waiting(self, last_id, condition):
        """The next leads without a first contact, locked; those that others work on are left."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.id
                  FROM crm_lead lead
             LEFT JOIN resource_calendar calendar ON calendar.id = lead.first_contact_calendar_id
                 WHERE lead.id > %s
                   AND lead.first_contact_deadline IS NOT NULL
                   AND lead.first_contact_at IS NULL
                   AND lead.first_contact_stopped_at IS NULL
                   AND %s
              ORDER BY lead.id
                 LIMIT %s
                   FOR NO KEY UPDATE OF lead SKIP LOCKED
                """,
                last_id,
                condition,
                BATCH,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _record_held_contacts(self, last_id):
        condition = SQL(
            "EXISTS (SELECT FROM crm_interaction talk"
            " WHERE talk.lead_id = lead.id AND talk.date <= %s)",
            self.env.cr.now(),
        )
        leads = self._select_waiting(last_id, condition)
        leads._sync_first_contact()
        return leads[-1:].id or None

    @api.model
    def _recount_deadlines(self, last_id):
        condition = SQL(
            "lead.first_contact_deadline >= %s"
            " AND lead.first_contact_calendar_rev IS DISTINCT FROM calendar.working_time_revision"
            " AND calendar.id IS NOT NULL",
            self.env.cr.now(),
        )
        leads = self._select_waiting(last_id, condition)
        for (hours, calendar), group in leads.grouped(
            lambda lead: (lead.first_contact_target, lead.first_contact_calendar_id)
        ).items():
            group._count_deadlines(hours, calendar)
        return leads[-1:].id or None

    @api.model
    def _remind_of_late(self, last_id):
        now = self.env.cr.now()
        condition = SQL(
            "lead.first_contact_deadline < %s AND lead.first_contact_reminded_at IS NULL", now
        )
        leads = self._select_waiting(last_id, condition)
        reminded = self.browse()
        for user, group in leads.grouped(lambda lead: lead.responsible_id).items():
            reminded += group._get_readable_by(user)._schedule_reminder(
                user, "mail.mail_activity_data_call", lambda env: env._("First contact is late")
            )
        reminded._store_facts(first_contact_reminded_at=now.replace(microsecond=0))
        return leads[-1:].id or None
