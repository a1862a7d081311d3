from odoo import api, models

from ...lib import merge_fields

MERGED = {"subject": "line", "body": "html"}


class MailComposeMessage(models.TransientModel):
    """Core's engine renders a mailing here."""

    _inherit = "mail.compose.message"

    def _render_field(self, field, res_ids, *args, **kwargs):
        is_merged = field in MERGED and self.mass_mailing_id
        merging = self.with_context(merge_kind=MERGED[field]) if is_merged else self
        return super(MailComposeMessage, merging)._render_field(field, res_ids, *args, **kwargs)

    @api.model
    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        kind = self.env.context.get("merge_kind")
        is_merged = kind and len(self) == 1 and merge_fields.has_fields(template_src)
        if not is_merged or not self.mass_mailing_id:
            return super()._render_template(template_src, model, res_ids, *args, **kwargs)
        plain = self.with_context(merge_kind=None)

        def render(text, mark):
            return super(MailComposeMessage, plain.with_context(merge_mark=mark))._render_template(
                text, model, res_ids, *args, **kwargs
            )

        return plain.mass_mailing_id._merge_around(render, template_src, kind, res_ids)

    @api.model
    def _shorten_links(self, html, link_tracker_vals, blacklist=None, base_url=None):
        """A link with a merge field differs from person to person: it is not counted, or there
        would be a tracker for each of them."""
        mark = self.env.context.get("merge_mark")
        if mark:
            blacklist = [*(blacklist or []), f"{mark}.*"]
        return super()._shorten_links(html, link_tracker_vals, blacklist, base_url)
