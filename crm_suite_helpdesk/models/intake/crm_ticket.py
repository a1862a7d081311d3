import logging

from markupsafe import Markup

from odoo import api, models
from odoo.tools import email_normalize, formataddr, html2plaintext, plaintext2html

from odoo.addons.crm_suite.lib import mail_forward
from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib.remote_pictures import hold_pictures
from ..trust.verdict import VERDICT, get_verdict

_logger = logging.getLogger(__name__)

# Longer subjects are noise or an attack; the mail itself keeps the whole of it
SUBJECT_LENGTH = 255
# The header of a forwarded mail is among the first lines
FORWARD_LENGTH = 100_000


class OpenedTickets(list):
    """The tickets that a mail has opened, as [ticket, forwarded]; in the context."""


class CrmTicket(models.Model):
    """Mails become tickets, and answers find their ticket.

    An error here would lose the mail of a customer, so there is none: what cannot be done is left
    out and logged.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ mail that opens a ticket

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # The gateway is superuser; anybody else called this from outside
        self.check_access("create")
        values, forwarded = self._prepare_mail_values(msg_dict, custom_values or {})
        if not self.env.su:
            # and brings no mail that must be kept, whatever rules say
            return super().message_new(msg_dict, values)
        reason = "Created a minimal ticket for mail %s", msg_dict.get("message_id")
        with attempt(self.env.cr, _logger, *reason) as opening:
            copies = self._get_opening_copies(msg_dict, values)
            mail = {**msg_dict, "email_from": values["email_from"], "cc": copies}
            ticket = super().message_new(mail, values)
            if ticket.partner_id:
                ticket.message_subscribe(ticket.partner_id.ids)
            ticket._follow_copies(copies)
            ticket._link_to_source()
        if opening.error:
            ticket = self._create_minimal(values)
        return ticket._settle_opening(msg_dict, forwarded)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        if allfields is None and self.env.context.get("crm_mail_gateway") is KEEP_INCOMPLETE:
            # For every mail, core has all fields described to see whether there is a name
            allfields, attributes = ["name"], ["type"]
        return super().fields_get(allfields, attributes)

    @api.model
    def _create_minimal(self, values):
        """A ticket with what it cannot do without; nothing else may fail."""
        minimal = {
            name: values[name]
            for name in ("name", "team_id", "company_id", "email_from", "stage_id")
            if values.get(name)
        }
        keeper = self.with_context(tracking_disable=True, crm_form_rules=KEEP_INCOMPLETE)
        return keeper.create(minimal)

    def _settle_opening(self, msg_dict, forwarded):
        """Let the mail that opened this ticket be what its sender may make of it.

        :return: the ticket
        """
        ticket, verdict = self, get_verdict(self.env)
        if forwarded and not self._believes_colleagues():
            # Somebody has to confirm it; until then it is nobody's request
            verdict = verdict._replace(reason="forward")
            ticket, forwarded = ticket.with_context(**{VERDICT: verdict}), None
        # What it answers does not matter here; what a colleague forwards is read by colleagues only
        msg_dict["is_internal"] = bool(forwarded)
        if verdict.reason:
            msg_dict["author_id"] = False
        opened = self.env.context.get("crm_mail_opened")
        if isinstance(opened, OpenedTickets):
            opened.append((ticket, forwarded))
        return ticket

    @api.model
    def _prepare_mail_values(self, msg_dict, custom_values):
        """Values of a ticket made from a mail; what the mail address says goes first.

        :return: values, and the mail of a customer that a colleague forwards with it (or None)
        """
        # sudo: the gateway finds whatever it needs, whoever wrote
        team = self.env["crm.ticket.team"].sudo().browse(custom_values.get("team_id")).exists()
        if not team.active:
            # Mail to a team that was archived, or to none, goes to those who are there
            company = team.company_id or self.env.company
            team = self.env["crm.ticket.team"]._get_default_team(company).sudo() or team
        company = team.company_id or self.env.company
        # sudo: as above
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or ()).exists()
        subject = " ".join((msg_dict.get("subject") or "").split())
        values = {
            "name": subject[:SUBJECT_LENGTH] or self.env._("No subject"),
            "description": msg_dict.get("body"),
            "partner_id": author.id,
            "email_from": msg_dict.get("email_from"),
            "company_id": company.id,
            "channel": "email",
            **custom_values,
            "team_id": team.id,
        }
        forwarded = self._find_forwarded(author, subject, msg_dict.get("body"))
        if forwarded and self._believes_colleagues():
            values |= self._prepare_forward_values(forwarded, subject, company)
        elif (
            forwarded
            or get_verdict(self.env).reason
            or (author.company_id and author.company_id != company)
        ):
            values["partner_id"] = False
        sender = email_normalize(values["email_from"])
        if self.env["crm.blocked.sender"]._is_blocked(sender, company):
            values["stage_id"] = team._get_spam_stage().id
        return values, forwarded

    @api.model
    def _get_opening_copies(self, msg_dict, values):
        """Whom the customer put in copy; a robot and a colleague name nobody who counts."""
        if self.env.context.get("crm_mail_machine") or get_verdict(self.env).reason:
            return ""
        return self.new(
            {"team_id": values.get("team_id"), "email_from": values.get("email_from")}
        )._filter_copies(msg_dict)

    def _link_to_source(self):
        """Show on which ticket a stranger wrote whose mail opened this one."""
        source_id = get_verdict(self.env).source_id
        if source_id:
            self.env["crm.ticket.link"].create(
                {"ticket_id": self.id, "kind": "related", "other_id": source_id}
            )

    @api.model
    def _is_persons_mail(self):
        """Whether the mail that is being processed comes from a person who may be answered."""
        return not (self.env.context.get("crm_mail_machine") or get_verdict(self.env).reason)

    # ------------------------------------------------------------------ forwarded mail

    @api.model
    def _believes_colleagues(self):
        """Whether the mail at hand, with the address of a colleague, is taken as his.

        What he forwards opens a ticket in the name of a customer, as any mail with the address of
        that customer does. So it is believed, unless we have mail servers that could have vouched
        for him, and they have not.
        """
        verdict = get_verdict(self.env)
        return not verdict.reason and (verdict.is_agent or not self._get_servers())

    @api.model
    def _find_forwarded(self, author, subject, body):
        """The mail of a customer that an agent forwards; None when he does not.

        :return: `mail_forward.Forwarded` or None
        """
        if not author or author.partner_share or self.env.context.get("crm_mail_machine"):
            return None
        users = author.user_ids
        if not any(user.has_group("crm_suite_helpdesk.group_agent") for user in users):
            return None
        text = html2plaintext((body or "")[:FORWARD_LENGTH], include_references=False)
        forwarded = mail_forward.find_forwarded(subject, text)
        email = forwarded and email_normalize(forwarded.email)
        if not email:
            return None
        # sudo: our own addresses, and colleagues, are no customers, whatever the sender may read
        if self.env["mail.alias.domain"].sudo()._find_aliases([email]):
            return None
        # sudo: as above
        same = self.env["res.partner"].sudo().search([("email_normalized", "=", email)], limit=10)
        return None if any(not partner.partner_share for partner in same) else forwarded

    @api.model
    def _prepare_forward_values(self, forwarded, subject, company):
        contact = self.env["crm.lead"]._find_mail_contacts(forwarded.email, company)
        contact = contact.filtered("partner_share")[:1]
        values = {
            "partner_id": contact.id,
            "email_from": contact.email_formatted or formataddr((forwarded.name, forwarded.email)),
            "description": plaintext2html(forwarded.text.strip()),
        }
        if original := mail_forward.strip_subject(subject):
            values["name"] = original[:SUBJECT_LENGTH]
        return values

    def _post_forwarded(self, forwarded):
        """Begin the conversation with what the customer wrote.

        The mail of the colleague is among the notes: what he says of it is for us.
        """
        self.ensure_one()
        with attempt(self.env.cr, _logger, "Ticket %s has no message of its customer", self.id):
            self.message_post(
                body=plaintext2html(forwarded.text.strip()),
                subject=self.name,
                author_id=self.partner_id.id,
                email_from=self.email_from,
                message_type="email",
                subtype_id=self._creation_subtype().id,
            )

    def _apply_forward(self, message):
        """As superuser: the colleague who forwarded a mail did so; it is his customer's request."""
        forwarded = self._find_forwarded(message.author_id, message.subject, message.body)
        if not forwarded:
            return
        values = self._prepare_forward_values(forwarded, message.subject or "", self.company_id)
        if self.partner_id:
            values.pop("partner_id")
        self.write(values)
        self.message_subscribe(self.partner_id.ids)
        message.is_internal = True
        root = self.env.ref("base.user_root")
        # sudo: told by the robot, as mails are
        self.with_user(root).sudo()._post_forwarded(forwarded)
        self._customer_opened()

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        # What came by mail and is for us alone, as what a colleague forwards
        mail = message.sudo()  # what it is does not depend on who may read it
        if not recipients or mail.message_type != "email" or not mail.is_internal:
            return recipients
        return [recipient for recipient in recipients if not recipient["share"]]

    # ------------------------------------------------------------------ mail that answers one

    def message_update(self, msg_dict, update_vals=None):
        self.check_access("write")
        self._settle_mail(msg_dict)
        if not update_vals and not msg_dict.get("cc"):
            # nothing is written that could fail
            return super().message_update(msg_dict, update_vals)
        with attempt(self.env.cr, _logger, "Kept ticket %s as it was for a mail", self.ids):
            result = super().message_update(msg_dict, update_vals)
            if msg_dict.get("cc"):
                # sudo: the gateway decides, whatever the sender may read
                self._get_conversation().sudo()._follow_copies(msg_dict["cc"])
            return result
        return True

    def _register_customer_message(self, message=None):
        if self.env.context.get("crm_mail_gateway") is not KEEP_INCOMPLETE:
            return super()._register_customer_message(message)
        with attempt(self.env.cr, _logger, "Tickets %s keep their state, but got a mail", self.ids):
            return super()._register_customer_message(message)
        return None

    # ------------------------------------------------------------------ mail that came back

    def _register_report(self, message_dict, report):
        """Note on this ticket what a mail server tells of a message of it.

        Whoever wrote the message is told if it did not arrive, unless it is he who cannot be
        reached.

        :param report: `mail_guard.Report`, or None for a mail that came back in another form
        """
        self.ensure_one()
        message = message_dict["bounced_message"].sudo()
        kind = report.kind if report else "failed"
        recipients = [*(report.recipients if report else ()), message_dict["bounced_email"]]
        address = next(filter(None, recipients), self.env._("an unknown address"))
        headings = {
            "delayed": self.env._("Not delivered to %s yet; the mail server goes on trying."),
            "delivered": self.env._("The mail server of %s has taken our message."),
            "receipt": self.env._("Our message was opened."),
        }
        failed = self.env._("Our message did not reach %s.")
        heading = headings.get(kind, failed)
        author = message.author_id
        is_told = (
            kind not in headings
            and author
            and not author.partner_share
            and author not in message_dict["bounced_partner"]
        )
        self._get_conversation().with_context(crm_form_rules=KEEP_INCOMPLETE).message_post(
            body=Markup("<p><b>%s</b></p><p>%s</p>%s")
            % (
                heading % address if "%s" in heading else heading,
                report.reason if report else "",
                hold_pictures(message_dict.get("body")) or "",
            ),
            subject=message_dict.get("subject"),
            author_id=False,
            email_from=message_dict.get("email_from"),
            message_id=message_dict["message_id"],
            message_type="email",
            subtype_xmlid="mail.mt_note",
            is_internal=True,
            partner_ids=author.ids if is_told else [],
            attachments=message_dict.get("attachments") or [],
        )

    # ------------------------------------------------------------------ loops

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        # Served by the index on (email_normalized, create_date); mails without a usable sender
        # have nobody in common who could be looping
        if not email_from_normalized:
            return []
        return [("email_normalized", "=", email_from_normalized)]
