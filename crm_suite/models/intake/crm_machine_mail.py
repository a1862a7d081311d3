from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.constants import GC_UNLINK_LIMIT

from ...lib import mail_reader
from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

FILENAME = "mail.eml"
DAYS_KEPT = 90


class CrmMachineMail(models.Model):
    """A mail that made no lead because a machine wrote it: nothing is lost, nothing is in the way.

    The original is attached, so that a person can still make a lead of it.
    """

    _name = "crm.machine.mail"
    _description = "Machine Mail"
    _order = "date desc, id desc"

    name = fields.Char(string="Subject", readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    date = fields.Datetime(string="Received on", readonly=True, default=fields.Datetime.now)
    reason = fields.Selection(
        [
            ("auto-submitted", "Sent by a program"),
            ("autoreply", "Automatic reply"),
            ("precedence", "Bulk mail"),
            ("null-return-path", "Delivery report"),
            ("bounce", "Returned mail"),
            ("newsletter", "Newsletter"),
            ("own-address", "From one of our own addresses"),
            ("loop", "Too many mails in a short time"),
            ("robot", "Form filled in by a robot"),
        ],
        readonly=True,
        help="How it was told from the mail of a person.",
    )
    body = fields.Html(sanitize=True, sanitize_style=True, readonly=True)
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    message_id = fields.Char(string="Message-Id", readonly=True, copy=False)
    lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _message_id_unique = models.UniqueIndex("(message_id)")
    _date_idx = models.Index("(date DESC, id DESC)")

    def action_make_lead(self):
        """Make leads of these mails, as if a person had written them."""
        self.check_access("read")
        # sudo: nobody changes these mails; who may read one may answer it, and so make a lead
        mails = self.sudo()
        # two clicks at the same time must not make two leads
        mails.lock_for_update()
        for mail in mails.filtered(lambda mail: not mail.lead_id):
            mail.lead_id = mail._release()
        return self._open_leads()

    def action_open_lead(self):
        self.check_access("read")
        return self._open_leads()

    def _open_leads(self):
        # sudo: which leads, for their readers; opening them asks for their rights
        leads = self.env["crm.lead"].browse(self.sudo().lead_id.ids)
        return leads._get_records_action(name=self.env._("Leads"), context={})

    def _release(self):
        self.ensure_one()
        original = self.env["ir.attachment"].search(self._get_original_domain(), limit=1)
        Gateway = self.env["mail.thread"].with_context(crm_mail_release=KEEP_INCOMPLETE)
        lead_id = original and Gateway.message_process(
            "crm.lead",
            original.raw,
            custom_values={"team_id": self.team_id.id} if self.team_id else {},
        )
        lead = self.env["crm.lead"].browse(lead_id or []).exists()
        if not lead:
            raise UserError(self.env._("No lead could be made of the e-mail “%s”.", self.name))
        return lead

    def _get_original_domain(self):
        return [
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
            ("name", "=", FILENAME),
        ]

    @api.model
    def _keep(self, message, message_dict, reason, route=None):
        """Keep a mail that makes no lead; once, however often it arrives.

        :param message: the `email.message.EmailMessage`
        :param route: the route to the leads that it would have taken
        """
        # sudo: the gateway may run as anybody
        Mail = self.sudo()
        message_id = message_dict["message_id"]
        if Mail.search_count([("message_id", "=", message_id)], limit=1):
            return Mail.browse()
        team = Mail.env["crm.team"].browse(((route and route[2]) or {}).get("team_id")).exists()
        team = team or Mail.env["crm.lead"]._get_mail_teams(message_dict)[:1]
        mail = Mail.create(
            {
                "name": " ".join((message_dict.get("subject") or "").split())[:255],
                "email_from": message_dict.get("email_from"),
                "reason": reason,
                "body": message_dict.get("body"),
                "team_id": team.id,
                "company_id": (team.company_id or self.env.company).id,
                "message_id": message_id,
            }
        )
        Mail.env["ir.attachment"].create(
            {
                "name": FILENAME,
                "raw": mail_reader.to_bytes(message),
                "mimetype": "message/rfc822",
                "res_model": self._name,
                "res_id": mail.id,
            }
        )
        return mail

    @api.autovacuum
    def _gc_machine_mails(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS_KEPT)
        mails = self.search([("date", "<", limit)], limit=GC_UNLINK_LIMIT)
        mails.unlink()
        return len(mails), len(mails) == GC_UNLINK_LIMIT
