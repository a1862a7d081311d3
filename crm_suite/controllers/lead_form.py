import logging
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..lib import lead_form
from ..lib.attempt import attempt
from ..models.intake.crm_lead_form_field import FIELDS
from .public_form import PublicForm

_logger = logging.getLogger(__name__)

# Enough for every field at its limit; what is larger is refused before it is read
MAX_REQUEST = 2 * 1024 * 1024
UTM = ("utm_source", "utm_medium", "utm_campaign")
# Visits that one address may make known in an hour; more are not counted
MAX_VISITS = 100
HONEYPOT = "nickname"


class LeadFormController(PublicForm, http.Controller):
    """The public form: for anybody, without session or cookies, so that it works in the frames of
    other sites. What a session would prove, a signed token in the page proves.
    """

    _form_model = "crm.lead.form"
    _message_template = "crm_suite.lead_form_message"

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
            known = field in dict(FIELDS) or field in form._get_custom_names()
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
        reason = "Lead form %s could not be received", form.slug
        # with the visit: whoever sends once more what could not be kept has not sent it yet
        with attempt(request.env.cr, _logger, *reason) as reception:
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
        if reception.error:
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

    def _get_targets(self, form):
        page = form._get_page_after()
        return f"'self' {page.origin}" if page else super()._get_targets(form)
