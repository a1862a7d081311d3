from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_split

MAX_ADDRESSES = 20


class MailingMailingTest(models.TransientModel):
    _inherit = "mailing.mailing.test"

    resource_ref = fields.Reference(
        selection="_select_models",
        string="With the Values Of",
        compute="_compute_resource_ref",
        store=True,
        readonly=False,
        compute_sudo=False,
        help="The test goes to the addresses below, and says what it would say to this recipient.",
    )

    @api.model
    def _select_models(self):
        return self.env["crm.mailing.preview"]._select_models()

    @api.depends("mass_mailing_id")
    def _compute_resource_ref(self):
        for test in self:
            test.resource_ref = test.mass_mailing_id._get_preview_record() or False

    def send_mail_test(self):
        """Core takes the first record there is; send what the chosen one would get."""
        self.ensure_one()
        record = self.resource_ref
        if not record or self.mass_mailing_id.mailing_type != "mail":
            return super().send_mail_test()
        mailing = self.mass_mailing_id
        good, bad = [], []
        for line in filter(str.strip, self.email_to.splitlines()):
            found = email_split(line)
            good += found[:1]
            bad += [] if found else [line]
        if len(good) > MAX_ADDRESSES:
            raise UserError(self.env._("A test goes to %s addresses at most.", MAX_ADDRESSES))
        content = mailing._render_preview(record)
        # sudo: as in core, whoever may test a mailing need not have a right to all mails
        mails = (
            self.env["mail.mail"]
            .sudo()
            .create(
                [
                    mailing._prepare_test_mail_values(content, record) | {"email_to": address}
                    for address in good
                ]
            )
        )
        mails.with_context(mailing_test_mail=True, default_state=None).send()
        self._log_test(mails, bad)
        mails.unlink()
        return True

    def _log_test(self, mails, bad):
        lines = [self.env._("No addresses: %s", ", ".join(bad))] if bad else []
        for mail in mails:
            if mail.state == "sent":
                lines.append(self.env._("The test was sent to %s.", mail.email_to))
            else:
                lines.append(
                    self.env._(
                        "The test could not be sent to %(address)s: %(reason)s",
                        address=mail.email_to,
                        reason=mail.failure_reason or "",
                    )
                )
        if lines:
            items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
            self.mass_mailing_id._message_log(body=Markup("<ul>%s</ul>") % items)
