from odoo.http import request

from ..lib import lead_form


class PublicForm:
    """What pages with a form for anybody have in common: found by their address, shown in the
    language of the visitor, in the frames of the sites that may embed them, without session or
    cookies. For controllers of models that inherit `crm.public.form.mixin`.
    """

    _form_model = None
    # Rendered with `form` empty when there is none at an address
    _message_template = None

    def _find_form(self, slug):
        """Return the active form, in the language of the visitor; or none."""
        # sudo: visitors have no rights; what they see of a form is on the page
        Form = request.env[self._form_model].sudo()
        form = Form.browse()
        if lead_form.SLUG.fullmatch(slug):
            form = Form.search([("slug", "=", slug)], limit=1)
        language = self._choose_language(form)
        request.update_context(lang=language)
        return form.with_context(lang=language).with_company(form.company_id or request.env.company)

    def _get_languages(self, form):
        """Return the languages of a form: data of res.lang by code."""
        active = request.env["res.lang"]._get_active_by("code")
        codes = form.lang_ids.filtered("active").mapped("code") or list(active)
        return {code: active[code] for code in codes if code in active}

    def _choose_language(self, form):
        languages = self._get_languages(form)
        wanted = [request.httprequest.args.get("lang") or ""]
        wanted += [code for code, _quality in request.httprequest.accept_languages][:10]
        for code in wanted:
            code = code.replace("-", "_").lower()
            for known in languages:
                if known.lower() == code:
                    return known
            for known in languages:
                if code and known.lower().partition("_")[0] == code.partition("_")[0]:
                    return known
        # sudo: the language in which the company writes
        default = (form.company_id or request.env.company).sudo().partner_id.lang
        return default if default in languages else next(iter(languages))

    def _respond_message(self, form, status):
        return self._respond(
            form, self._message_template, status, thanks=form and form._get_thanks()
        )

    def _respond(self, form, template, status, **values):
        languages = self._get_languages(form)
        language = languages.get(request.env.lang) or next(iter(languages.values()))
        company = form.company_id or request.env.company
        response = request.render(
            template,
            {
                "form": form,
                "page_url": form and form._get_path(),
                # sudo: the name of the company is on the page
                "company": company.sudo(),
                "language": language,
                "languages": list(languages.values()),
                "html_lang": (language.iso_code or language.code).replace("_", "-"),
                **values,
            },
            status=status,
        )
        response.headers["Content-Security-Policy"] = self._get_policy(form)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        if status == 429:
            response.headers["Retry-After"] = "3600"
        return response

    def _get_policy(self, form):
        origins = " ".join(lead_form.parse_origins(form.allowed_origins)) if form else ""
        ancestors = f"'self' {origins}" if origins else "*"
        return (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; base-uri 'none'; form-action {self._get_targets(form)}; "
            f"frame-ancestors {ancestors}"
        )

    def _get_targets(self, form):
        """Return where a form may be sent to, and lead to, as a policy for browsers names it."""
        return "'self'"
