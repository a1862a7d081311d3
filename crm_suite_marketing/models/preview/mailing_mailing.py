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
            if record._name != self.mailing_model_real:
                raise UserError(self.env._("The mailing does not go to such recipients."))
            record.check_access("read")
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

    def _render_text_preview(self, record, lang):
        """:return: a text message, what a caller says, or what a webhook gets"""
        text = self.body_plaintext or ""
        if record:
            rendered = self._render_merge_fields({"text": (text, "text")}, record, lang)
            lines, values = [rendered[record.id]["text"]], {}
            if self.mailing_type == "webhook":
                values = self._get_merge_values(
                    record, set(self.webhook_field_ids.mapped("name")), lang
                )[record.id]
        else:
            values = self._get_sample_values()
            program = self._parse_merge_text(text, "text").compile()
            locale = self._get_merge_locale(lang or self.env.lang)
            lines = [merge_fields.render(program, values, "text", locale)]
        if self.mailing_type == "webhook":
            for name in self.webhook_field_ids.mapped("name"):
                value = make_plain(values.get(name))
                lines.append(f"{name}: {'' if value is None else value}")
        return "\n".join(lines)

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
