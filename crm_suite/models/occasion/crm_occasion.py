import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 200
READERS = "sales_team.group_sale_salesman"


class CrmOccasion(models.Model):
    """Something that happened to a customer on a day, and what was done about it.

    Rows are written by the system only: one for each rule, customer, company and day, so that
    nothing is done twice. E-mails go once (room ``delivery/``).
    """

    _name = "crm.occasion"
    _description = "Occasion"
    _inherit = ["crm.delivery.mixin", "mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    rule_id = fields.Many2one(
        "crm.occasion.rule", required=True, readonly=True, ondelete="restrict", index=True
    )
    kind = fields.Selection(
        lambda self: self.env["crm.occasion.rule"]._fields["kind"].selection,
        string="Occasion",
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True, index=True)
    state = fields.Selection(
        [
            ("pending", "To Do"),
            ("planned", "Activity Planned"),
            ("sending", "Sending"),
            ("sent", "E-mail Sent"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("skipped", "Nothing Done"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="pending",
        help="Uncertain: the server was interrupted while it handed the e-mail over, so nobody"
        " knows whether it went. It is not sent again by itself.",
    )
    skip_kind = fields.Selection(
        [
            ("user", "No salesperson"),
            ("access", "The salesperson may not see the contact"),
            ("address", "No e-mail address"),
            ("blacklist", "Wants no e-mails"),
            ("archived", "The contact or the rule is archived"),
        ],
        string="Why Not",
        readonly=True,
    )
    failure_reason = fields.Char(readonly=True)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    message_id = fields.Many2one(
        "mail.message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    lang = fields.Char(compute="_compute_lang", help="The language of the contact.")

    _once_uniq = models.UniqueIndex("(rule_id, partner_id, COALESCE(company_id, 0), date)")
    _partner_idx = models.Index("(partner_id, date DESC)")
    _date_idx = models.Index("(date DESC, id DESC)")
    _pending_idx = models.Index("(id) WHERE state = 'pending'")

    @api.depends("partner_id.lang")
    def _compute_lang(self):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for occasion in self:
            langs = (occasion.partner_id.lang, occasion.company_id.partner_id.lang)
            occasion.lang = next((lang for lang in langs if lang in installed), "en_US")

    @api.depends("partner_id")
    def _compute_display_name(self):
        """Without the kind: whoever gets a message, as the customer himself, reads this name."""
        for occasion in self:
            occasion.display_name = occasion.partner_id.name

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_retry(self):
        """Do again what failed, as somebody has decided who knows that nothing has gone."""
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(self.env._("Only sales administrators do what failed again."))
        self.check_access("read")
        if any(one.state not in ("failed", "uncertain", "skipped") for one in self):
            raise UserError(self.env._("Only what failed, or was not done, can be done again."))
        # sudo: rows are written by the system only; the right was checked
        self.sudo().write(
            {"state": "pending", "skip_kind": False, "failure_reason": False, "message_id": False}
        )
        self.env.ref("crm_suite.ir_cron_occasion").sudo()._trigger()

    # ------------------------------------------------------------------
    # What is done
    # ------------------------------------------------------------------

    @api.model
    def _act_on_all(self):
        """Act on whatever is pending. May run several times at once."""
        cron = self.env["ir.cron"]
        last_id = 0
        while batch := self._lock_pending(last_id):
            last_id = batch[-1].id
            try:
                batch._act_or_fail()
            except OperationalError:
                self.env["mail.mail"]._undo()
                _logger.info("Occasions wait: what they need is being changed")
            if not cron._commit_progress(len(batch)):
                break
            self.env.invalidate_all()

    @api.model
    def _lock_pending(self, last_id=0):
        """Return the next pending rows that nobody else works on, held until the commit."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM crm_occasion WHERE state = 'pending' AND id > %s
                 ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                last_id,
                BATCH,
            )
        )
        return self.browse([row[0] for row in rows])

    def _act_or_fail(self):
        """Act on these; what is wrong with one of them does not hold up the others."""
        try:
            with self.env.cr.savepoint():
                return self._act()
        except OperationalError:
            raise
        except Exception as error:
            if len(self) == 1:
                _logger.exception("Nothing could be done about occasion %s", self.id)
                self.write({"state": "failed", "failure_reason": str(error)})
                return None
        for occasion in self:
            occasion._act_or_fail()
        return None

    def _act(self):
        gone = self.filtered(lambda one: not (one.partner_id.active and one.rule_id.active))
        gone._skip("archived")
        left = self - gone
        by_activity = left.filtered(lambda one: one.rule_id.action_kind == "activity")
        by_activity._plan_activities()
        for occasion in left - by_activity:
            occasion._post_mail()

    def _skip(self, kind):
        self.write({"state": "skipped", "skip_kind": kind})

    def _plan_activities(self):
        """Plan the activities of these occasions in one go."""
        without = self.filtered(lambda one: not one.user_id.active)
        without._skip("user")
        able = self - without
        hidden = able.browse()
        for user, occasions in able.grouped("user_id").items():
            hidden += occasions - occasions._filter_told_to(user)
        hidden._skip("access")
        able -= hidden
        model_id = self.env["ir.model"]._get_id("res.partner")
        values = []
        for occasion in able:
            kind = occasion.rule_id.activity_type_id
            values.append(
                {
                    "res_model_id": model_id,
                    "res_id": occasion.partner_id.id,
                    "activity_type_id": kind.id,
                    "summary": kind.summary,
                    "automated": True,
                    "note": kind.default_note,
                    "user_id": occasion.user_id.id,
                    "date_deadline": kind._get_date_deadline(),
                }
            )
        # people see their to-dos; a mail for each would be one too many
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        for occasion, activity in zip(able, Activity.create(values), strict=True):
            occasion.write({"state": "planned", "activity_id": activity.id})

    def _filter_told_to(self, user):
        """Return the occasions of which a person may be told: they tell of personal data and of
        figures, which are for salespeople of the company.
        """
        if not user.has_group(READERS):
            return self.browse()
        companies = user.company_ids
        seen = self.partner_id.with_user(user).with_context(allowed_company_ids=companies.ids)
        seen = seen._filtered_access("read")
        return self.filtered(
            lambda one: one.partner_id.id in seen.ids and one.company_id <= companies
        )

    def _get_mail_refusal(self):
        """Return why the customer must not get an e-mail, as a kind of `skip_kind`, or nothing.
        Rooms extend it.
        """
        self.ensure_one()
        return "blacklist" if self.partner_id.is_blacklisted else None

    def _post_mail(self):
        """Write the e-mail of this occasion; it is handed over by the room ``delivery/``."""
        self.ensure_one()
        partner = self.partner_id
        if not partner.email_normalized:
            return self._skip("address")
        if refusal := self._get_mail_refusal():
            return self._skip(refusal)
        company = self.company_id or partner.company_id or self.env.company
        user = self.user_id.filtered(lambda one: one.active and one.email)
        sender = user.partner_id or company.partner_id
        template = self.rule_id.template_id
        try:
            with self.env.cr.savepoint():
                texts = {
                    name: template._render_field(name, self.ids, compute_lang=True)[self.id]
                    for name in ("subject", "body_html")
                }
                posted = self.with_context(lang=self.lang, mail_notify_author=True).message_post(
                    author_id=sender.id,
                    email_from=sender.email_formatted,
                    subject=texts["subject"],
                    body=texts["body_html"],
                    message_type="auto_comment",
                    subtype_xmlid="crm_suite.mt_occasion",
                    partner_ids=partner.ids,
                    email_layout_xmlid="mail.mail_notification_layout_with_responsible_signature",
                    force_send=False,
                )
                self.write({"state": "sending", "message_id": posted.id})
        except OperationalError:
            raise
        except Exception as error:
            # a template that cannot be rendered must not hold up the others
            _logger.exception("The e-mail of occasion %s could not be written", self.id)
            self.write({"state": "failed", "failure_reason": str(error)})
            return None
        return self.env["mail.mail"]._trigger_delivery()

    # ------------------------------------------------------------------
    # Delivery
    # ------------------------------------------------------------------

    def _is_sent_once(self, message):
        return message.subtype_id == self.env.ref("crm_suite.mt_occasion")

    def _check_delivery(self, mail):
        self.ensure_one()
        if self.state not in ("sending", "failed", "uncertain"):
            return False
        if mail.mail_message_id != self.message_id:
            return False
        refusal = self._get_mail_refusal() if self.partner_id.active else "archived"
        if refusal:
            self._skip(refusal)
            return False
        return True

    def _on_delivery(self, mail, state, reason):
        self.ensure_one()
        if mail.mail_message_id == self.message_id:
            self.write({"state": state, "failure_reason": reason or False})
