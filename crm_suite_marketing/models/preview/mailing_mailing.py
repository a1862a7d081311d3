from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext
from odoo.tools.mail import prepend_html_content
from odoo.tools.misc import file_open

from ...lib import merge_fields
from ..channels.mailing_mailing import make_plain

HIDDEN = Markup('<div style="display:none;font-size:1px;height:0px;width:0px;opacity:0;">{}</div>')


class MailingMailing(models.Model):
    """What a recipient would get: for previews, tests and the check before launch."""

    _inherit = "mailing.mailing"

    def action_preview(self):
        self.ensure_one()
        preview = self.env["crm.mailing.preview"].create(
            {"mailing_id": self.id, "resource_ref": self._get_preview_reference()}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": "crm.mailing.preview",
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _get_preview_domain(self):
        domain = self._parse_mailing_domain()
        if self.mailing_on_mailing_list:
            domain = Domain("list_ids", "in", self.contact_list_ids.ids)
        return Domain(domain)

    def _get_preview_record(self):
        """Return the first recipient whom the user may read."""
        self.ensure_one()
        model = self.env.get(self.mailing_model_real)
        if model is None or not model.has_access("read"):
            return None
        return model.search(self._get_preview_domain(), limit=1)

    def _get_preview_reference(self):
        record = self._get_preview_record()
        return f"{record._name},{record.id}" if record else False

    def _render_preview(self, record=None, lang=None):
        """Return what a recipient would get; what the user may not read of him is empty.

        :param record: of the model of the mailing; without one, samples stand for values
        :param lang: code; by default the recipient's own
        :return: `subject`, `preview`, `email_from`, `body` (HTML with the layout) and `text`; of
            what is no mail the text alone
        """
        self.ensure_one()
        if record:
            self._check_recipient(record)
        if self.mailing_type != "mail":
            return {"text": self._render_text_preview(record, lang)}
        if record:
            plain = self.with_context(merge_lang=lang or None)
            content = {
                name: plain._render_field(name, record.ids, options={"preserve_comments": True})[
                    record.id
                ]
                for name in ("subject", "preview", "body_html")
            }
        else:
            content = self._render_samples(lang)
        body = Markup(content.pop("body_html") or "")
        hidden = str(content["preview"] or "").strip()
        if hidden:
            body = prepend_html_content(body, HIDDEN.format(hidden))
        body = self._replace_local_links(body)
        return {
            **content,
            "email_from": self.email_from,
            "body": self._wrap_mail(body),
            "text": html2plaintext(body),
        }

    def _check_recipient(self, record):
        """:raise UserError: when the mailing does not go to such a record"""
        if record._name != self.mailing_model_real:
            raise UserError(self.env._("The mailing does not go to such recipients."))
        record.check_access("read")

    def _render_text_preview(self, record, lang):
        """:return: a text message, what a caller says, or what a webhook gets"""
        if self.mailing_type == "sms":
            return self._render_sms_preview(record, lang)
        if record:
            message = self._render_own_messages(record, lang)[record.id]
            lines, values = [message["text"]], message["fields"]
        else:
            values = self._get_sample_values()
            lines = [self._render_sample_text(values, lang)]
        if self.mailing_type == "webhook":
            for name in self.webhook_field_ids.mapped("name"):
                value = make_plain(values.get(name))
                lines.append(f"{name}: {'' if value is None else value}")
        return "\n".join(lines)

    def _render_sms_preview(self, record, lang):
        if record:
            text = self._render_sms(record, lang)
            speaking = self._speak_to(record, lang)
        else:
            text = self._render_sample_text(self._get_sample_values(), lang)
            speaking = self.with_context(lang=lang or self.env.lang)
        # each message has a code of its own
        return speaking._add_way_out(text, "…")

    def _render_sms(self, record, lang=None):
        """:return: what this recipient's message says, but for shortened links"""
        merging = self._speak_to(record, lang).with_context(merge_kind="text")
        text = self.body_plaintext or ""
        return str(merging._render_template(text, record._name, record.ids)[record.id])

    def _speak_to(self, record, lang=None):
        """:return: the mailing in the language in which this recipient gets it"""
        return self._with_sending_context(lang or self._get_merge_langs(record)[record.id])

    def _render_sample_text(self, values, lang):
        program = self._parse_merge_text(self.body_plaintext or "", "text").compile()
        locale = self._get_merge_locale(lang or self.env.lang)
        return merge_fields.render(program, values, "text", locale)

    def _get_sample_values(self):
        return (
            self.env["crm.merge.field"]
            .browse([field.id for field in self._get_merge_white_list().values()])
            ._get_sample_values()
        )

    def _render_samples(self, lang=None):
        values = self._get_sample_values()
        locale = self._get_merge_locale(lang or self.env.lang)
        content = {}
        for name, kind in (("subject", "line"), ("preview", "line"), ("body_html", "html")):
            program = self._parse_merge_text(self[name], kind).compile()
            content[name] = merge_fields.render(program, values, kind, locale)
        return content

    def _wrap_mail(self, body):
        """Put the body into the layout in which mailings go."""
        with file_open("mass_mailing/static/src/scss/mass_mailing_mail.scss") as file:
            style = Markup("<style>%s</style>") % Markup(file.read())
        values = {"body": body, "mailing_style": style}
        layout = "mass_mailing.mass_mailing_mail_layout"
        return self.env["ir.qweb"]._render(layout, values, minimal_qcontext=True)

    def _prepare_test_mail_values(self, content, record):
        return {
            "email_from": self.email_from,
            "reply_to": self.reply_to,
            "subject": self.env._("[TEST] %s", content["subject"]),
            "body_html": content["body"],
            "is_notification": True,
            "mailing_id": self.id,
            "attachment_ids": [(4, attachment.id) for attachment in self.attachment_ids],
            "auto_delete": False,
            "mail_server_id": self.mail_server_id.id,
            "model": record._name,
            "res_id": record.id,
        }
