import logging
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..lib import lead_form
from ..lib.mail_guard import RETRIED
from ..models.intake.crm_lead_form_field import FIELDS

_logger = logging.getLogger(__name__)

# Enough for every field at its limit; what is larger is refused before it is read
MAX_REQUEST = 2 * 1024 * 1024
UTM = ("utm_source", "utm_medium", "utm_campaign")
# Visits that one address may make known in an hour; more are not counted
MAX_VISITS = 100
HONEYPOT = "nickname"


class LeadFormController(http.Controller):
    """The public form: for anybody, without session or cookies, so that it works in the frames of
    other sites. What a session would prove, a signed token in the page proves.
    """

    @http.route(
        "/crm/form/<string:slug>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        multilang=False,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def lead_form(self, slug, **_parameters):
        form = self._find_form(slug)
        if not form:
            return self._respond_message(form, 404)
        if request.httprequest.method == "POST":
            return self._receive(form)
        return self._respond_form(form)

    @http.route(
        "/crm/form/<string:slug>/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        multilang=False,
        sitemap=False,
    )
    def lead_form_thanks(self, slug, **_parameters):
        form = self._find_form(slug)
        return self._respond_message(form, 200 if form else 404)

    @http.route(
        "/crm/form/<string:slug>/progress",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        multilang=False,
        max_content_length=4096,
    )
    def lead_form_progress(self, slug, **_parameters):
        """Count a visitor: the page says that it was seen, and which field was touched last."""
        form = self._find_form(slug)
        sent = request.httprequest.form
        token = form and form._read_token(sent.get("token"))[0]
        if token:
            address = form._hash_address(request.httprequest.remote_addr)
            field = sent.get("field")
            known = field in dict(FIELDS)
            self._count_visit(
                form,
                token,
                address,
                state="begun" if known else "seen",
                last_field=field if known else None,
            )
        return request.make_response("", status=204)

    def _count_visit(self, form, token, address, **values):
        """Record how far a visitor came, unless his address has filled the statistics already."""
        Visit = form.env["crm.lead.form.visit"]
        if Visit._count_recent(form, address) < MAX_VISITS:
            Visit._record(form, token.key, address, language=form.env.lang, **values)

    def _find_form(self, slug):
        """Return the active form, in the language of the visitor; or none."""
        # sudo: visitors have no rights; what they see of a form is on the page
        Form = request.env["crm.lead.form"].sudo()
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

    def _receive(self, form):
        sent = request.httprequest.form
        if request.httprequest.files:
            return self._respond_form(form, sent, alert="files", status=400)
        shown = form._get_shown_fields()
        values, errors = form._get_submit_values(shown, sent)
        token, problem = form._read_token(sent.get("token"))
        if token and form.env["crm.lead.form.visit"]._is_sent(token.key):
            return self._redirect_to_thanks(form)
        address = form._hash_address(request.httprequest.remote_addr)
        if form._is_flooded(address):
            return self._respond_form(form, sent, shown, values, {}, alert="flood", status=429)
        if problem:
            return self._respond_form(
                form, sent, shown, values, {}, alert=problem, status=400, token=token
            )
        if errors:
            self._count_visit(
                form, token, address, state="begun", last_field=next(iter(errors)), refused=True
            )
            return self._respond_form(
                form, sent, shown, values, errors, alert="errors", status=422, token=token
            )
        return self._accept(form, sent, shown, values, token, address)

    def _accept(self, form, sent, shown, values, token, address):
        is_robot = bool(sent.get(HONEYPOT))
        try:
            # with the visit: whoever sends once more what could not be kept has not sent it yet
            with request.env.cr.savepoint():
                visit_id = form.env["crm.lead.form.visit"]._record(
                    form,
                    token.key,
                    address,
                    state="robot" if is_robot else "sent",
                    language=form.env.lang,
                )
                if is_robot:
                    form._keep_robot(shown, values, token)
                else:
                    lead = form._receive(shown, values, {name: sent.get(name) for name in UTM})
                    form.env["crm.lead.form.visit"].browse(visit_id).lead_id = lead
                    form._send_confirmation(values.get("email_from"))
        except RETRIED:
            raise
        except Exception:
            _logger.exception("Lead form %s could not be received", form.slug)
            return self._respond_form(form, sent, shown, values, {}, alert="failed", status=503)
        return self._redirect_to_thanks(form)

    def _redirect_to_thanks(self, form):
        page = form._get_page_after()
        url = page.url if page else f"/crm/form/{form.slug}/thanks?lang={form.env.lang}"
        return request.redirect(url, code=303, local=False)

    def _respond_form(
        self,
        form,
        sent=None,
        shown=None,
        values=None,
        errors=None,
        alert=None,
        status=200,
        token=None,
    ):
        arguments = sent if sent is not None else request.httprequest.args
        shown = shown if shown is not None else form._get_shown_fields()
        if values is None:
            values = form._get_submit_values(shown, arguments)[0] if sent is not None else {}
        texts = form._get_error_texts()
        utm = {name: lead_form.clean(name, arguments.get(name))[:100] for name in UTM}
        utm = {name: value for name, value in utm.items() if value}
        is_preview = bool(request.httprequest.args.get("preview"))
        kept = {**utm, **({"preview": 1} if is_preview else {})}
        return self._respond(
            form,
            "crm_suite.lead_form_page",
            status,
            shown=shown,
            values=values,
            errors={name: texts[code] for name, code in (errors or {}).items()},
            alert=texts.get(alert),
            token=form._make_token(token),
            utm=utm,
            # where the visitor came from, also for whoever reads the page in another language
            language_query=f"{urlencode(kept)}&" if kept else "",
            honeypot=HONEYPOT,
            is_preview=is_preview,
        )

    def _respond_message(self, form, status):
        return self._respond(
            form, "crm_suite.lead_form_message", status, thanks=form and form._get_thanks()
        )

    def _respond(self, form, template, status, **values):
        languages = self._get_languages(form)
        language = languages.get(request.env.lang) or next(iter(languages.values()))
        company = form.company_id or request.env.company
        response = request.render(
            template,
            {
                "form": form,
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
        page = form._get_page_after()
        target = f" {page.origin}" if page else ""
        return (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; base-uri 'none'; form-action 'self'{target}; "
            f"frame-ancestors {ancestors}"
        )
