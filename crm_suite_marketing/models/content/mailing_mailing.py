import re
from collections import defaultdict

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import html2plaintext

from ...lib import merge_fields, merge_formats
from ...lib.merge_names import get_plain
from .merge_errors import describe

# the texts of a mailing that may hold merge fields, and how values are written in them
MERGED = {"subject": "line", "preview": "line", "body_html": "html", "body_plaintext": "text"}


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    @api.constrains(*MERGED, "mailing_model_id", "user_id")
    def _check_merge_fields(self):
        for mailing in self:
            if any(merge_fields.has_fields(mailing[name]) for name in MERGED):
                errors = mailing._get_merge_errors()
                if errors:
                    raise ValidationError("\n".join(errors))

    @api.depends("subject")
    def _compute_display_name(self):
        """Name it without its merge fields, which are for the recipients."""
        result = super()._compute_display_name()
        for mailing in self.filtered(lambda one: merge_fields.has_fields(one.subject)):
            plain = get_plain(mailing.subject)
            mailing.display_name = plain or mailing.display_name
        return result

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_put_in_queue(self):
        """The white list and rights may have changed since the text was saved."""
        self._check_merge_fields()
        return super().action_put_in_queue()

    def action_view_merge_fields(self):
        """Show what may be inserted, each with its code to copy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_merge_field_action_pick"
        )
        model = self.mailing_model_real
        return action | {"domain": [("model_id.model", "=", model), ("is_usable", "=", True)]}

    # ------------------------------------------------------------------
    # Merge fields
    # ------------------------------------------------------------------

    def _get_merge_users(self):
        """Return who must have the right to read a field that is used: whoever writes or launches
        the mailing, and its owner, as whom it is rendered later."""
        self.ensure_one()
        return self.env.user | self._get_merge_owner()

    def _get_merge_owner(self):
        # sudo: whose rights count is no question of rights
        mailing = self.sudo()
        return mailing.user_id or mailing.create_uid or self.env.user

    def _get_merge_white_list(self):
        """:return: ``{name: merge field}`` that everybody concerned may use"""
        self.ensure_one()
        white_list = self.env["crm.merge.field"]._get_white_list(self.mailing_model_real)
        for user in self._get_merge_users():
            white_list = {
                name: field for name, field in white_list.items() if field._may_be_used_by(user)
            }
        return white_list

    def _parse_merge_text(self, text, kind="text"):
        """Read a text with merge fields. See `lib/merge_fields.py` for what to do with it.

        :param kind: `html`, `text` or `line`
        :return: a `merge_fields.Template`; a text that cannot be read is one without fields
        """
        try:
            return self._read_merge_text(str(text or ""), kind)
        except merge_fields.MergeFieldError:
            return merge_fields.Template(str(text or ""), (), "mf-")

    def _read_merge_text(self, text, kind, names=None):
        """:raise MergeFieldError: also where a text would become code of core's templates only
        when its merge fields are taken out: core did not see it when the text was written"""
        template = merge_fields.parse(text, kind == "html", names)
        if template.tags:
            is_code = (
                self._has_unsafe_expression_template_qweb
                if kind == "html"
                else self._has_unsafe_expression_template_inline_template
            )
            model = self.mailing_model_real
            if is_code(template.text, model) and not is_code(text, model):
                raise merge_fields.MergeFieldError("place", 0, template.tags[0].source)
        return template

    def _get_merge_values(self, records, names=None, lang=None):
        """Return what merge fields stand for.

        Values are read in the rights of the owner of the mailing when the system sends, else of
        the user. A handful of queries for any number of records.

        :param records: recipients, of the model of the mailing
        :param names: names of merge fields; all by default
        :param lang: code; by default each record's own
        :return: ``{record id: {name: value}}``
        """
        self.ensure_one()
        user = self._get_merge_owner() if self.env.su else self.env.user
        white_list = self.env["crm.merge.field"]._get_white_list(self.mailing_model_real)
        merged = self.env["crm.merge.field"].browse(
            [field.id for name, field in white_list.items() if names is None or name in names]
        )
        values = {record_id: {} for record_id in records.ids}
        if not merged:
            return values
        langs = self._get_merge_langs(records)
        by_lang = defaultdict(list)
        for record_id in records.ids:
            by_lang[lang or langs.get(record_id)].append(record_id)
        # sudo: no more, now the rights of the user count
        readers = records.with_user(user).sudo(user._is_superuser())
        if not user._is_superuser():
            companies = [user.company_id.id, *(user.company_ids - user.company_id).ids]
            readers = readers.with_context(allowed_company_ids=companies)
        for code, record_ids in by_lang.items():
            group = readers.browse(record_ids).with_context(lang=code, tz=user.tz)
            # sudo: the white list itself; what it names is read in the rights of the user
            values |= merged.sudo()._get_values(group)
        return values

    def _get_merge_langs(self, records):
        """:return: ``{record id: code of the language in which to write to him}``"""
        # sudo: in which language somebody is written to, no more
        records = records.sudo().exists()
        default = self._get_merge_owner().sudo().lang or "en_US"
        if "lang" in records._fields:
            return {record.id: record.lang or default for record in records}
        if not hasattr(records, "_mail_get_partners"):
            return dict.fromkeys(records.ids, default)
        partners = records._mail_get_partners()
        return {record.id: partners[record.id][:1].lang or default for record in records}

    def _get_merge_locale(self, lang):
        """:return: how values are written in a language, for `merge_fields.render`"""
        env = self.with_context(lang=lang).env
        return merge_formats.make_locale(lang, env._("yes"), env._("no"))

    def _render_merge_fields(self, texts, records, lang=None):
        """Put the values of each record into texts that nobody else renders.

        :param texts: ``{key: (text, kind)}``, kind is `html`, `text` or `line`
        :param lang: code; by default each record's own
        :return: ``{record id: {key: text}}``
        """
        programs, names = {}, set()
        for key, (text, kind) in texts.items():
            template = self._parse_merge_text(text, kind)
            names |= template.names
            programs[key] = template.compile(), kind
        values = self._get_merge_values(records, names, lang)
        langs = {} if lang else self._get_merge_langs(records)
        locales = {code: self._get_merge_locale(code) for code in {lang, *langs.values()} - {None}}
        return {
            record_id: {
                key: merge_fields.render(
                    program,
                    values[record_id],
                    kind,
                    locales.get(lang or langs.get(record_id)),
                )
                for key, (program, kind) in programs.items()
            }
            for record_id in records.ids
        }

    def _merge_around(self, render, text, kind, res_ids):
        """Let core render a text whose merge fields are hidden from it, then put values in.

        Values never pass a renderer: a contact who is called `[[email]]` or `<t t-out=…>` stays
        called so.

        :param render: gets the text with marks, and what to know links with marks by; returns
            ``{record id: text}``
        """
        template = self._parse_merge_text(text, kind)
        if not template.tags:
            return render(text, None)
        rendered = render(type(text)(template.text), template.mark)
        records = self.env[self.mailing_model_real].browse(filter(None, res_ids)).exists()
        lang = self.env.context.get("merge_lang")
        values = self._get_merge_values(records, template.names, lang)
        langs = self._get_merge_langs(records)
        locales, programs = {}, {}
        for res_id, text_of_record in rendered.items():
            code = lang or langs.get(res_id) or self.env.lang
            if code not in locales:
                locales[code] = self._get_merge_locale(code)
            if text_of_record not in programs:
                # a template of core gives each record a text of its own: keep one
                programs = {text_of_record: template.compile(str(text_of_record))}
            merged = merge_fields.render(
                programs[text_of_record], values.get(res_id, {}), kind, locales[code]
            )
            rendered[res_id] = Markup(merged) if kind == "html" else merged
        return rendered

    def _render_field(self, field, res_ids, *args, **kwargs):
        merging = self.with_context(merge_kind=MERGED[field]) if field in MERGED else self
        return super(MailingMailing, merging)._render_field(field, res_ids, *args, **kwargs)

    @api.model
    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        kind = self.env.context.get("merge_kind")
        if len(self) != 1 or not kind or not merge_fields.has_fields(template_src):
            return super()._render_template(template_src, model, res_ids, *args, **kwargs)
        plain = self.with_context(merge_kind=None)

        def render(text, mark):
            return super(MailingMailing, plain.with_context(merge_mark=mark))._render_template(
                text, model, res_ids, *args, **kwargs
            )

        return plain._merge_around(render, template_src, kind, res_ids)

    # ------------------------------------------------------------------
    # What is wrong
    # ------------------------------------------------------------------

    def _get_merge_errors(self):
        """:return: one sentence for each text that has a mistake: where, what, and what to do"""
        self.ensure_one()
        white_list = self._get_merge_white_list()
        errors = []
        for name, kind in MERGED.items():
            try:
                self._read_merge_text(str(self[name] or ""), kind, white_list)
            except merge_fields.MergeFieldError as error:
                # the editor keeps the text in another field; people know it as the body
                label = self._fields["body_arch" if name == "body_html" else name]
                label = label._description_string(self.env)
                errors.append(f"{label}: {self._describe_merge_error(error, str(self[name]))}")
        return errors

    def _describe_merge_error(self, error, text):
        model = self.env["ir.model"]._get(self.mailing_model_real)
        # the piece may begin within the tag of an element
        before = re.sub(r"\A[^<>]*>", "", text[max(0, error.position - 300) : error.position])
        before = " ".join(html2plaintext(before).split())
        is_forbidden = error.excerpt in self.env["crm.merge.field"]._get_white_list(model.model)
        problem = describe(self.env, error, model.name, is_forbidden)
        if before:
            return self.env._("%(problem)s (after “%(text)s”)", problem=problem, text=before[-30:])
        return problem
