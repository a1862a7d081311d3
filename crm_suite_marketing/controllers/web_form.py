import logging
from urllib.parse import urlencode

from odoo.http import Controller, request, route
from odoo.tools import hmac

from odoo.addons.crm_suite.controllers.public_form import PublicForm
from odoo.addons.crm_suite.lib.attempt import attempt

from ..lib import consent
from ..lib import web_tracking as lib
from .consent import describe_visitor

_logger = logging.getLogger(__name__)

MAX_REQUEST = 64 * 1024
HONEYPOT = "nickname"
PAGE = {
    "type": "http",
    "auth": "public",
    "save_session": False,
    "multilang": False,
    "sitemap": False,
}


class WebFormController(PublicForm, Controller):
    """The forms of our sites: for anybody, without session or cookies, so that they work in frames.
    What a session would prove, a signed token in the page proves. The answer is the same whether
    somebody is known or not.
    """

    _form_model = "crm.web.form"
    _message_template = "crm_suite.lead_form_message"

    @route(
        "/crm_suite/form/<string:slug>",
        methods=["GET", "POST"],
        csrf=False,
        max_content_length=MAX_REQUEST,
        **PAGE,
    )
    def web_form(self, slug, **_parameters):
        form = self._find_form(slug)
        if not form:
            return self._respond_message(form, 404)
        if request.httprequest.method == "POST":
            return self._receive(form)
        asked = request.httprequest.args
        who = form._recognize(asked.get(lib.TOKEN_PARAMETER), asked.get("v"))
        return self._respond_form(form, who)

    @route("/crm_suite/form/<string:slug>/thanks", methods=["GET"], **PAGE)
    def web_form_thanks(self, slug, **_parameters):
        form = self._find_form(slug)
        return self._respond_message(form, 200 if form else 404)

    def _receive(self, form):
        sent = request.httprequest.form
        who = form._read_who(sent.get("who"))
        shown = form._get_shown_fields(who)
        if request.httprequest.files:
            return self._respond_form(form, who, alert="files", status=400)
        values, errors = form._get_submit_values(shown, sent)
        token, problem = form._read_token(sent.get("token"))
        if not self._is_own_page():
            token, problem = None, "invalid"
        posts = form.env["crm.web.form.post"]
        if token and posts._is_known(token.key):
            return self._redirect_to_thanks(form)
        address = form._hash_address(request.httprequest.remote_addr)
        if form._is_flooded(address):
            return self._respond_form(form, who, values=values, alert="flood", status=429)
        if problem:
            return self._respond_form(
                form, who, values=values, alert=problem, status=400, token=token
            )
        if errors and not sent.get(HONEYPOT):
            return self._respond_form(
                form, who, values=values, errors=errors, alert="errors", status=422, token=token
            )
        return self._accept(form, who, values, token, address)

    def _accept(self, form, who, values, token, address):
        sent = request.httprequest.form
        posts = form.env["crm.web.form.post"]
        kept = {"key": token.key, "address_hash": address, "url": self._get_page()}
        reason = "Form %s could not be received", form.slug
        with attempt(request.env.cr, _logger, *reason) as reception:
            if sent.get(HONEYPOT):
                posts.create({"form_id": form.id, "state": "robot", **kept})
            else:
                posts._receive(
                    form,
                    values,
                    who,
                    ip_hash=self._hash_visitor(),
                    visitor_facts=describe_visitor(),
                    visitor_id=form._find_visitor(sent.get("v")).id,
                    **kept,
                )
        if reception.error:
            return self._respond_form(form, who, values=values, alert="failed", status=503)
        return self._redirect_to_thanks(form)

    def _is_own_page(self):
        """Whether the form came from its page: browsers say where from, and other sites may show it
        in a frame only.
        """
        origin = request.httprequest.headers.get("Origin")
        return not origin or origin.partition("://")[2] == request.httprequest.host

    def _get_page(self):
        """Return the page that the form stands on."""
        told = request.httprequest.form.get("u") or request.httprequest.referrer or ""
        return lib.clean_url(told)

    def _hash_visitor(self):
        network = consent.get_visitor_network(request.httprequest.remote_addr or "")
        return hmac(request.env(su=True), "crm-consent", network)

    def _redirect_to_thanks(self, form):
        page = form._get_page_after()
        url = page.url if page else f"{form._get_path()}/thanks?lang={form.env.lang}"
        return request.redirect(url, code=303, local=False)

    def _respond_form(
        self, form, who, values=None, errors=None, alert=None, status=200, token=None
    ):
        asked = request.httprequest.args
        told = request.httprequest.form
        texts = form._get_error_texts()
        visitor = asked.get("v") or told.get("v") or ""
        kept = {
            "v": visitor if lib.VISITOR.fullmatch(visitor) else "",
            "u": lib.clean_url(
                asked.get("u") or told.get("u") or request.httprequest.referrer or ""
            ),
        }
        kept = {name: value for name, value in kept.items() if value}
        return self._respond(
            form,
            "crm_suite_marketing.web_form_page",
            status,
            shown=form._get_shown_fields(who),
            # only what was typed just now is shown again, never what we know
            values=values or {},
            errors={name: texts[code] for name, code in (errors or {}).items()},
            alert=texts.get(alert),
            token=form._make_token(token),
            who=form._sign_who(who) if who else "",
            kept=kept,
            language_query=f"{urlencode(kept)}&" if kept else "",
            honeypot=HONEYPOT,
        )

    def _get_policy(self, form):
        policy = super()._get_policy(form)
        if form and not form.allowed_origins:
            policy = policy.replace("frame-ancestors *", "frame-ancestors 'self'")
        return policy

    def _get_targets(self, form):
        page = form._get_page_after() if form else None
        return f"'self' {page.origin}" if page else super()._get_targets(form)
