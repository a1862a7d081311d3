import logging
import secrets

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from .survey_run import SurveyRun

_logger = logging.getLogger(__name__)

FACES = [("happy", "Happy"), ("neutral", "Neutral"), ("unhappy", "Unhappy")]
# What core's ratings know as happy, neutral and unhappy
RATINGS = {"happy": 5, "neutral": 3, "unhappy": 1}
MAX_FEEDBACK = 5000
# Nobody changes his mind more often
MAX_ANSWERS = 20
BATCH = 50


class CrmTicketSurvey(models.Model):
    """One closing of a ticket, and whether its customer was content with it.

    There is one row for each closing that the survey looked at: who was asked, who was not and why
    not, and what was answered. Rows are written by the system only. The link that customers get
    holds a token that no employee can read, and the e-mail is not kept where employees read, so
    nobody answers for a customer.
    """

    _name = "crm.ticket.survey"
    _inherit = ["crm.delivery.mixin"]
    _description = "Satisfaction Survey"
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    closing_id = fields.Many2one(
        "crm.ticket.closing", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    team_id = fields.Many2one(
        "crm.ticket.team", readonly=True, index="btree_not_null", help="The team at closing."
    )
    user_id = fields.Many2one(
        "res.users", "Agent", readonly=True, index="btree_not_null", help="The agent at closing."
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, string="Customer Company"
    )
    email = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("skipped", "Not Asked"),
            ("waiting", "Being Sent"),
            ("sent", "Asked"),
            ("failed", "Not Delivered"),
            ("answered", "Answered"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Selection(
        [
            ("automatic", "The ticket was closed automatically"),
            ("merged", "The ticket was merged into another one"),
            ("internal", "There is no customer outside"),
            ("no_email", "The customer has no e-mail address"),
            ("refused", "The customer wants no surveys"),
            ("blocked", "The address is blocked or on the blacklist"),
            ("cooldown", "He was asked only recently"),
            ("reopened", "The ticket was opened again"),
            ("portal", "He rated the ticket in the portal"),
        ],
        "Why Not",
        readonly=True,
    )
    failure = fields.Char("Why the E-mail Did Not Go", readonly=True)
    asked_at = fields.Datetime("Asked on", readonly=True)
    answered_at = fields.Datetime("Answered on", readonly=True)
    lock_at = fields.Datetime(
        "Open until", readonly=True, help="After that the answer stays as it is."
    )
    satisfaction = fields.Selection(FACES, "Customer Was", readonly=True)
    feedback = fields.Text("Comment", readonly=True)
    answer_ids = fields.One2many("crm.ticket.survey.answer", "survey_id", "History", readonly=True)
    rating_id = fields.Many2one(
        "rating.rating", readonly=True, ondelete="set null", index="btree_not_null"
    )
    access_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", default=lambda self: _new_token()
    )

    _once_per_closing = models.UniqueIndex(
        "(closing_id)", "The customer was asked about this at the same moment. Please try again."
    )
    _of_token = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")
    # When was this contact last asked?
    _asked_partner = models.Index("(partner_id, asked_at) WHERE asked_at IS NOT NULL")
    _asked_email = models.Index("(email, asked_at) WHERE asked_at IS NOT NULL")
    # The timeline of a customer, newest first
    _of_customer = models.Index(
        "(commercial_partner_id, answered_at DESC, id DESC) WHERE answered_at IS NOT NULL"
    )

    # ------------------------------------------------------------------ asking

    @api.model
    def _cron_ask(self):
        """Ask the customers of tickets that were closed a while ago, each once."""
        while closings := SurveyRun(self.env).find(BATCH):
            self._ask(closings)
            if not self.env["ir.cron"]._commit_progress(len(closings)):
                break

    @api.model
    def _ask(self, closings):
        """Decide for each closing whether to ask, and send the e-mails.

        The e-mail and the note that it was sent are written in one transaction.
        """
        surveys = self.create(SurveyRun(self.env).prepare(closings))
        for survey in surveys.filtered(lambda s: s.state == "waiting"):
            survey._send()
        return surveys

    def _send(self):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._create_mail()
        except Exception as error:
            # A template that cannot be rendered must not keep the others from being asked
            _logger.info("Survey %s could not be sent", self.id, exc_info=True)
            self.write({"state": "failed", "failure": str(error)[:500], "asked_at": False})

    def _create_mail(self):
        template = self._get_template()
        ticket = self.ticket_id
        mail_id = template.send_mail(
            self.id,
            email_values={
                "is_sent_once": True,
                "auto_delete": True,
                "reply_to": ticket._notify_get_reply_to()[ticket.id],
                # Whoever answers by e-mail writes to the ticket
                "references": self._get_reference(),
                "headers": repr(
                    {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
                ),
            },
        )
        self.env["mail.mail"].browse(mail_id).send()

    def _get_reference(self):
        """The Message-Id of what was last said in the conversation."""
        message = self.env["mail.message"].search(
            [
                ("model", "=", "crm.ticket"),
                ("res_id", "=", self.ticket_id.id),
                ("message_type", "in", ("comment", "email", "email_outgoing")),
                ("subtype_id.internal", "=", False),
                ("subtype_id", "!=", False),
                ("is_internal", "=", False),
            ],
            order="id desc",
            limit=1,
        )
        return message.message_id or ""

    def _get_template(self):
        self.ensure_one()
        return self.team_id.survey_template_id or self.env.ref(
            "crm_suite_helpdesk.mail_template_survey"
        )

    def _check_delivery(self, mail):
        """Nobody is asked about a ticket that was opened again before the e-mail went."""
        self.ensure_one()
        if self.state != "waiting":
            return False
        if self.closing_id.reopened_at:
            self.write({"state": "skipped", "reason": "reopened", "asked_at": False})
            return False
        return True

    def _on_delivery(self, mail, state, reason):
        self.ensure_one()
        if self.state == "answered":
            return
        if state == "failed":
            self.write({"state": "failed", "failure": (reason or "")[:500]})
        else:
            self.write({"state": "sent", "failure": reason or False})

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """The e-mail holds the link: whoever reads surveys must not read it."""
        return dict.fromkeys(self, "unlink")

    # ------------------------------------------------------------------ what templates need

    def _get_language(self):
        """The language in which a customer is asked."""
        self.ensure_one()
        # sudo: the customer sees the page without being logged in
        survey = self.sudo()
        return survey.partner_id.lang or survey.company_id.partner_id.lang or "en_US"

    def _get_direction(self):
        self.ensure_one()
        # sudo: as above
        data = self.env["res.lang"].sudo()._get_data(code=self._get_language())
        return data.direction or "ltr"

    def _get_link(self, face=None):
        """The address of the page; looking at it never saves anything."""
        self.ensure_one()
        # sudo: only whoever sends the e-mail gets this far
        token = self.sudo().access_token
        link = f"{self.get_base_url()}/ticket/survey/{token}"
        return f"{link}?face={face}" if face else link

    # ------------------------------------------------------------------ answering

    def _is_open(self):
        """Whether an answer would still count."""
        self.ensure_one()
        return (
            self.ticket_id.stage_type != "spam"
            and (not self.lock_at or self.lock_at > self.env["crm.ticket"]._now())
            and len(self.answer_ids) < MAX_ANSWERS
        )

    def _is_own_click(self, user):
        """Whether it is one of us who answers, and not the customer."""
        self.ensure_one()
        return user._is_internal() and user.partner_id != self.partner_id

    def _submit(self, face, feedback, way, partner=None):
        """Keep the answer of a customer. Rights were checked by whoever calls it.

        :param str face: `happy`, `neutral` or `unhappy`
        :param str feedback: plain text
        :param str way: `mail` or `portal`
        :param partner: who is logged in, if anybody
        :raise UserError: when the time has passed, or the face is none
        """
        self.ensure_one()
        if face not in RATINGS:
            raise UserError(self.env._("Please choose one of the three faces."))
        # Two clicks at once: the second waits for the first
        self.env.cr.execute(
            SQL("SELECT id FROM crm_ticket_survey WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        if not self._is_open():
            raise UserError(self.env._("This survey is closed. Thank you all the same!"))
        feedback = (feedback or "").replace("\x00", "").strip()[:MAX_FEEDBACK]
        if self.state == "answered" and (face, feedback) == (
            self.satisfaction,
            self.feedback or "",
        ):
            return
        now = self.env["crm.ticket"]._now()
        self.env["crm.ticket.survey.answer"].create(
            {
                "survey_id": self.id,
                "satisfaction": face,
                "feedback": feedback,
                "partner_id": partner.id if partner else False,
                "way": way,
            }
        )
        was = self.satisfaction
        self.write(
            {
                "state": "answered",
                "satisfaction": face,
                "feedback": feedback,
                "answered_at": now,
                "reason": False,
            }
        )
        self._rate()
        # What a form would ask an agent for is not the customer's to fill in
        ticket = self.ticket_id.with_context(crm_form_rules=KEEP_INCOMPLETE)
        ticket.write({"satisfaction": face, "satisfaction_at": now})
        self._announce(was)

    def _rate(self):
        """Keep core's rating in step, so that its screens and other add-ons know."""
        values = {"rating": RATINGS[self.satisfaction], "feedback": self.feedback}
        if self.rating_id:
            self.rating_id.write(values)
            return
        self.rating_id = self.env["rating.rating"].create(
            {
                **values,
                "res_model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "res_id": self.ticket_id.id,
                "partner_id": self.partner_id.id,
                "rated_partner_id": self.user_id.partner_id.id,
                "consumed": True,
                # Core's own link would let everybody who knows it change the rating for ever
                "access_token": False,
            }
        )

    def _announce(self, was):
        """Say on the ticket what was answered; somebody talks to whoever is unhappy."""
        faces = dict(self._fields["satisfaction"]._description_selection(self.env))
        text = self.env._("The customer was asked and answered: %s", faces[self.satisfaction])
        if was and was != self.satisfaction:
            text = self.env._(
                "The customer changed his answer from %(old)s to %(new)s.",
                old=faces[was],
                new=faces[self.satisfaction],
            )
        self.ticket_id.message_post(
            body=Markup("<p>%s</p><p style='white-space: pre-line'>%s</p>")
            % (text, self.feedback or ""),
            author_id=self.partner_id.id or self.env.ref("base.partner_root").id,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )
        if self.satisfaction == "unhappy" and was != "unhappy" and self.team_id.survey_alert:
            self._alert()

    def _alert(self):
        ticket = self.ticket_id
        user = ticket.user_id if ticket.user_id.active else ticket.team_id.user_id
        if not user:
            return
        ticket.activity_schedule(
            "crm_suite_helpdesk.mail_activity_type_unhappy",
            user_id=user.id,
            note=Markup("<p style='white-space: pre-line'>%s</p>") % (self.feedback or ""),
        )

    # ------------------------------------------------------------------ portal

    @api.model
    def _find_or_make(self, closing):
        """The survey of a closing that its customer rates without having been asked."""
        survey = closing.survey_ids[:1]
        if survey:
            return survey
        if not closing._can_be_rated():
            raise UserError(self.env._("This survey is closed. Thank you all the same!"))
        run = SurveyRun(self.env)
        values = run.prepare(closing)[0]
        return self.create(
            {
                **values,
                "state": "skipped",
                "reason": "portal",
                "asked_at": False,
                "lock_at": run.get_lock(closing, closing.closed_at),
            }
        )


def _new_token():
    return secrets.token_urlsafe(24)
