import logging
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib import auto_answer

_logger = logging.getLogger(__name__)

# The context key of messages that a ticket writes by itself holds this very object, which no
# client can send
ANSWER = object()
BATCH = 50
# RFC 3834, and what the mail servers of Microsoft heed instead
HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
# Who has just written with an agent need not be told that nobody is there
TALKING = timedelta(hours=2)


class CrmTicket(models.Model):
    """Confirmations and notices that go out by themselves.

    Who writes in is never kept waiting by them: the ticket only notes what is due, and a job
    writes it. By then an agent may have answered, or the sender may be known as a machine.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    answer_due = fields.Selection(
        [("received", "Confirmation"), ("closed", "Outside of working hours")],
        "Automatic Message Due",
        readonly=True,
        copy=False,
    )
    answer_ids = fields.One2many(
        "crm.ticket.answer", "ticket_id", "Automatic Messages", readonly=True
    )

    _answer_is_due = models.Index("(id) WHERE answer_due IS NOT NULL")

    # ------------------------------------------------------------------ what is due

    def _customer_opened(self):
        res = super()._customer_opened()
        if self.env.context.get("crm_mail_machine") or self.env.context.get("crm_no_answer"):
            return res
        now = self._now()
        # sudo: what a team tells its customers does not depend on who is at the door; nor may
        # what a form asks for lose the request
        for ticket in self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE):
            due = "received" if ticket.team_id.acknowledge else ticket._get_closed_notice(now)
            if ticket.answer_due != due:
                ticket.answer_due = due
        return res

    def _prepare_customer_message_values(self, now):
        values = super()._prepare_customer_message_values(now)
        if not self.answer_due and (due := self._get_closed_notice(now)):
            values["answer_due"] = due
        return values

    def _get_closed_notice(self, now):
        """What the customer has to be told because nobody works now: "closed" or False."""
        # sudo: as above
        ticket = self.sudo()
        team = ticket.team_id
        if not team.acknowledge_closed or self.env.context.get("crm_mail_machine"):
            return False
        answered_at = ticket.last_agent_message_at
        if answered_at and answered_at > now - TALKING:
            return False
        try:
            return False if team._is_open_now(ticket.company_id, now) else "closed"
        except pytz.UnknownTimeZoneError:
            # Hours that cannot be read say nothing; the service level tells the manager of them
            return False

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_answer(self):
        """Write the automatic messages that are due."""
        Clock = self.env["crm.sla.clock"]
        more = True
        while more:
            done = Clock._run_safely(self._answer_batch, "crm_suite_helpdesk.ir_cron_ticket_answer")
            more = done == BATCH
            if not self.env["ir.cron"]._commit_progress(done or 0, remaining=int(more)):
                break

    @api.model
    def _answer_batch(self):
        """:return: how many tickets were looked at"""
        # archived tickets answer nobody; the note must go all the same
        tickets = self.with_context(active_test=False).search(
            [("answer_due", "!=", False)], order="id", limit=BATCH
        )
        tickets = tickets.try_lock_for_update(allow_referencing=True)
        for ticket in tickets:
            kind = ticket.answer_due
            ticket.with_context(crm_form_rules=KEEP_INCOMPLETE).answer_due = False
            if kind and ticket.active:
                ticket._answer(kind)
        return len(tickets)

    # ------------------------------------------------------------------ business

    def _answer(self, kind):
        """Write to the customer by itself, and note what came of it.

        :param kind: of `crm.ticket.answer`
        :return: the note, as superuser
        """
        self.ensure_one()
        # sudo: an automatic message does not depend on anybody's rights; notes are facts
        ticket = self.sudo().with_company(self.company_id).with_context(lang=None)
        Answer = ticket.env["crm.ticket.answer"]
        email = ticket._get_answer_email()
        values = {
            "ticket_id": ticket.id,
            "kind": kind,
            "email": email,
            "decided_at": self._now(),
            "subject_key": auto_answer.simplify_subject(ticket.name),
        }
        outcome = ticket._is_answer_needless(kind) or Answer._why_not(ticket, email, kind)
        message, detail = None, False
        if not outcome:
            reason = "Ticket %s: an automatic message failed", ticket.id
            with attempt(self.env.cr, _logger, *reason) as answer:
                message = ticket._write_answer(kind, email)
            outcome = "sent" if message else "no_template"
            if answer.error:
                message, outcome, detail = None, "error", str(answer.error)[:500]
        return Answer.create(
            {
                **values,
                "outcome": outcome,
                "detail": detail,
                "message_id": message.id if message else False,
            }
        )

    def _is_answer_needless(self, kind):
        """Why nobody has to be told any more; False when he has to."""
        if kind not in ("received", "closed"):
            return False
        if self.stage_type in ("spam", "cancelled") or self.merged_into_id:
            return "over"
        answered_at, asked_at = self.last_agent_message_at, self.last_customer_message_at
        if answered_at and answered_at >= (asked_at or self.opened_at):
            return "answered"
        if kind == "closed":
            now = self._now()
            team = self.team_id
            if team._is_open_now(self.company_id, now):
                return "overtaken"
            last = self.env["crm.ticket.answer"].search(
                [
                    ("ticket_id", "=", self.id),
                    ("kind", "in", ("closed", "received")),
                    ("outcome", "in", ("sent", "delivered")),
                ],
                limit=1,
            )
            # once until somebody works again
            if last and not team._was_open_between(self.company_id, last.decided_at, now):
                return "too_many"
        return False

    def _get_answer_email(self):
        """The address of the customer, normalized; False for none."""
        self.ensure_one()
        email = self.partner_id.email_normalized or self.email_normalized
        return email or email_normalize(self.email_from, strict=False) or False

    def _get_answer_template(self, kind):
        team = self.team_id
        return {
            "received": team.acknowledge_template_id,
            "closed": team.acknowledge_closed_template_id,
        }.get(kind, self.env["mail.template"])

    def _write_answer(self, kind, email):
        """Post an automatic message; it goes to the customer alone, once.

        :return: the message; None without a text for it
        """
        self.ensure_one()
        template = self._get_answer_template(kind)
        if not template:
            return None
        lang = self._get_customer_lang()
        ticket = self.with_context(lang=lang, crm_answer=ANSWER)
        template = template.with_context(lang=lang)
        rendered = {
            name: template._render_field(name, ticket.ids, set_lang=lang)[ticket.id]
            for name in ("subject", "email_from", "reply_to")
            if template[name]
        }
        body = template._render_field(
            "body_html", ticket.ids, set_lang=lang, options={"post_process": True}
        )[ticket.id]
        is_contact = self.partner_id.email_normalized == email
        reply_to = {"reply_to": rendered["reply_to"]} if rendered.get("reply_to") else {}
        return ticket.message_post(
            body=body,
            subject=rendered.get("subject"),
            author_id=self.company_id.partner_id.id,
            email_from=rendered.get("email_from") or self._get_sender(),
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner_id.ids if is_contact else [],
            outgoing_email_to=False if is_contact else email,
            email_layout_xmlid=template.email_layout_xmlid or "mail.mail_notification_layout",
            email_add_signature=False,
            attachment_ids=template.attachment_ids.ids,
            mail_headers=dict(HEADERS),
            force_email_lang=lang,
            notify_skip_followers=True,
            notify_author=True,
            **reply_to,
        ).with_env(self.env)

    def _get_sender(self):
        """From whom automatic messages of this ticket are."""
        # sudo: the address of the team, or of the company
        ticket = self.sudo()
        return ticket.team_id._get_sender() if ticket.team_id else ticket.company_id.email_formatted

    def _get_customer_lang(self):
        """The language of the customer; of what he wrote when he is unknown."""
        self.ensure_one()
        # sudo: the customer of a ticket, whoever works on it
        ticket = self.sudo()
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        if ticket.partner_id.lang in installed:
            return ticket.partner_id.lang
        company = ticket.company_id.partner_id.lang
        company = company if company in installed else "en_US"
        text = f"{ticket.name or ''} {html2plaintext(ticket.description or '')}"
        script = auto_answer.script_of(text)
        if script is None or (script == "arabic") == company.startswith("ar"):
            return company
        fitting = sorted(
            code for code in installed if code.startswith("ar") == (script == "arabic")
        )
        return "en_US" if "en_US" in fitting else next(iter(fitting), company)

    def _get_customer_direction(self):
        """The direction of writing of the customer's language: ltr or rtl."""
        language = self.env["res.lang"]._get_data(code=self._get_customer_lang())
        return language.direction or "ltr"

    def _get_opening_text(self):
        """When the team is there again, in words of the customer; empty while it is there.

        For the texts of automatic messages.
        """
        self.ensure_one()
        # sudo: working hours, of which the customer is told
        ticket, now = self.sudo(), self._now()
        if not ticket.team_id.acknowledge_closed:
            return ""
        opening = ticket.team_id._get_next_opening(ticket.company_id, now)
        if not opening or opening <= now:
            return ""
        return ticket.team_id._format_opening(
            ticket.company_id, opening, ticket._get_customer_lang()
        )

    # ------------------------------------------------------------------ delivery

    def _is_sent_once(self, message):
        return super()._is_sent_once(message) or self.env.context.get("crm_answer") is ANSWER

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self._is_sent_once(message):
            values["is_sent_once"] = True
        return values

    def _check_delivery(self, mail):
        may_go = super()._check_delivery(mail)
        # sudo: notes are facts; the job that delivers asks
        answer = self.env["crm.ticket.answer"].sudo()._find_by_mail(mail)
        if may_go and answer and not self.sudo()._is_answer_true(answer):
            answer.outcome = "overtaken"
            return False
        return may_go

    def _is_answer_true(self, answer):
        """Whether what an automatic message says still holds, right before it goes."""
        return answer.kind not in ("received", "closed") or self.stage_type != "spam"

    def _on_delivery(self, mail, state, reason):
        res = super()._on_delivery(mail, state, reason)
        # sudo: as above
        answer = self.env["crm.ticket.answer"].sudo()._find_by_mail(mail)
        if answer:
            outcome = "delivered" if state == "sent" else state
            answer.write({"outcome": outcome, "detail": (reason or "")[:500]})
        return res
