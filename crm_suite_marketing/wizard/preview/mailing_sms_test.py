from uuid import uuid4

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.urls import urljoin


class MailingSmsTest(models.TransientModel):
    _inherit = "mailing.sms.test"

    resource_ref = fields.Reference(
        selection="_select_models",
        string="With the Values Of",
        compute="_compute_resource_ref",
        store=True,
        readonly=False,
        compute_sudo=False,
        help="The test goes to the numbers below, and says what it would say to this recipient.",
    )

    @api.model
    def _select_models(self):
        return self.env["crm.mailing.preview"]._select_models()

    @api.depends("mailing_id")
    def _compute_resource_ref(self):
        for test in self:
            test.resource_ref = test.mailing_id._get_preview_record() or False

    def action_send_sms(self):
        """Core takes the first record there is, knows no merge fields, and writes the statistics as
        the user, who has no rights to; send what the chosen one would get.
        """
        self.ensure_one()
        record, mailing = self.resource_ref, self.mailing_id
        if not record:
            return super().action_send_sms()
        mailing._check_recipient(record)
        text = mailing._render_sms(record)
        numbers = [line.strip() for line in self.numbers.splitlines() if line.strip()]
        valid = {line: self.env.user._phone_format(number=line) for line in numbers}
        texts = [
            self._prepare_test_text(record, number, text) for number in valid.values() if number
        ]
        self._log_test(self._send_test_texts(texts), [line for line in valid if not valid[line]])
        return True

    def _prepare_test_text(self, record, number, text):
        """:return: uuid, number and text; with its link to leave, where the mailing has one"""
        uuid = uuid4().hex
        if self.mailing_id.sms_allow_unsubscribe:
            values, text = self._prepare_test_trace_values(record, number, uuid, text)
            # sudo: nobody has rights to write the statistics; a test counts nowhere
            self.env["mailing.trace"].sudo().create(values)
        return uuid, number, text

    def _send_test_texts(self, texts):
        """:return: list of (number, what went wrong or nothing)"""
        if not texts:
            return []
        api = self.env.company._get_sms_api_class()(self.env)
        answers = api._send_sms_batch(
            [
                {"content": text, "numbers": [{"number": number, "uuid": uuid}]}
                for uuid, number, text in texts
            ],
            delivery_reports_url=urljoin(self.get_base_url(), "/sms/status"),
        )
        by_uuid = {answer["uuid"]: answer for answer in answers or []}
        words = api._get_sms_api_error_messages()
        told = []
        for uuid, number, _text in texts:
            answer = by_uuid.get(uuid, {"state": "server_error"})
            state, error = answer["state"], None
            if state not in self.env["sms.sms"].IAP_TO_SMS_STATE_SUCCESS:
                error = words.get(state) or answer.get("failure_reason") or state
            told.append((number, error))
        return told

    def _log_test(self, told, bad):
        lines = [self.env._("No numbers: %s", ", ".join(bad))] if bad else []
        for number, error in told:
            if error:
                lines.append(
                    self.env._(
                        "The test could not be sent to %(address)s: %(reason)s",
                        address=number,
                        reason=error,
                    )
                )
            else:
                lines.append(self.env._("The test was sent to %s.", number))
        if lines:
            items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
            self.mailing_id._message_log(body=Markup("<ul>%s</ul>") % items)
