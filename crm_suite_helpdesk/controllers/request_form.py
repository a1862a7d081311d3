import logging

from odoo.http import Controller, request, route

from odoo.addons.crm_suite.controllers.public_form import PublicForm
from odoo.addons.crm_suite.lib.attempt import attempt

from ..lib import upload
from . import custom_fields

_logger = logging.getLogger(__name__)

# All files and texts of one request together
MAX_REQUEST = 30 * 1024 * 1024
HONEYPOT = "nickname"


class RequestFormController(PublicForm, Controller):
    """The public ticket form: for anybody, without session or cookies, so that it works in the
    frames of other sites. What a session would prove, a signed token in the page proves.
    """

    _form_model = "crm.ticket.form"
    _message_template = "crm_suite_helpdesk.request_form_message"

    @route(
        "/support/<string:slug>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        multilang=False,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def request_form(self, slug, **_parameters):
        form = self._find_form(slug)
        if not form:
            return self._respond_message(form, 404)
        if request.httprequest.method == "POST":
            return self._receive(form)
        return self._respond_form(form)

    @route(
        "/support/<string:slug>/thanks",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        multilang=False,
        sitemap=False,
    )
    def request_form_thanks(self, slug, **_parameters):
        """Say that it came in; whoever has the key of the page is told the number."""
        form = self._find_form(slug)
        if not form:
            return self._respond_message(form, 404)
        key = request.httprequest.args.get("key") or ""
        number = None
        if len(key) <= 64 and key.isascii() and key.isalnum():
            number = form.env["crm.ticket.form.entry"]._find_sent(form, key).number
        return self._respond(
            form, self._message_template, 200, thanks=form._get_thanks(), number=number
        )

    def _receive(self, form):
        sent = request.httprequest.form
        shown = form._get_shown_fields()
        values, errors = form._get_submit_values(shown, sent)
        asked = [field for field in shown if "kind" in field]
        texts, custom, wrong = custom_fields.read_sent(form.env, asked)
        values, errors = {**values, **texts}, {**errors, **wrong}
        if not errors:
            errors = dict.fromkeys(form._find_missing(shown, values, custom), "required")
        token, problem = form._read_token(sent.get("token"))
        answer = {"sent": sent, "shown": shown, "values": values, "token": token}
        Entry = form.env["crm.ticket.form.entry"]
        if token and Entry._find_sent(form, token.key):
            return self._redirect_to_thanks(form, token)
        address = form._hash_address(request.httprequest.remote_addr)
        if form._is_flooded(address):
            return self._respond_form(form, **answer, alert="flood", status=429)
        if problem:
            return self._respond_form(form, **answer, alert=problem, status=400)
        files, refused = self._read_files(form)
        if errors or refused:
            return self._respond_form(
                form, **answer, errors=errors, refused=refused, alert="errors", status=422
            )
        return self._accept(form, answer, files, custom, address)

    def _read_files(self, form):
        """:return: files that are taken as (name, content), and what is wrong with others"""
        if not form.has_files:
            return [], []
        taken, refused = upload.read_files(request.httprequest.files.getlist("attachments"))
        return taken, form.env["crm.ticket"]._describe_refusals(refused)

    def _accept(self, form, answer, files, custom, address):
        token, shown, values = (answer[name] for name in ("token", "shown", "values"))
        is_robot = bool(answer["sent"].get(HONEYPOT))
        http = request.httprequest
        visitor, _address = form.env["crm.knowledge.visit"]._hash_visitor(
            request.env.user, http.remote_addr, http.user_agent.string
        )
        reason = "Ticket form %s could not be received", form.slug
        # with the entry: whoever sends once more what could not be kept has not sent it yet
        with attempt(request.env.cr, _logger, *reason) as reception:
            entry = form.env["crm.ticket.form.entry"]._claim(
                form,
                token.key,
                state="robot" if is_robot else "sent",
                language=form.env.lang,
                address_hash=address,
                visitor=visitor,
            )
            if entry:
                ticket = form._receive(shown, values, files, custom, is_robot=is_robot)
                entry.write({"ticket_id": ticket.id, "number": ticket.number})
        if reception.error:
            return self._respond_form(form, **answer, alert="failed", status=503)
        return self._redirect_to_thanks(form, token)

    def _redirect_to_thanks(self, form, token):
        url = f"{form._get_path()}/thanks?lang={form.env.lang}&key={token.key}"
        return request.redirect(url, code=303, local=False)

    def _respond_form(
        self,
        form,
        sent=None,
        shown=None,
        values=None,
        errors=None,
        refused=(),
        alert=None,
        status=200,
        token=None,
    ):
        texts = {
            **form._get_error_texts(),
            **form.env["crm.custom.outlet"]._get_error_texts(),
        }
        is_preview = bool(request.httprequest.args.get("preview"))
        return self._respond(
            form,
            "crm_suite_helpdesk.request_form_page",
            status,
            shown=shown if shown is not None else form._get_shown_fields(),
            values=values or {},
            errors={name: texts[code] for name, code in (errors or {}).items()},
            refused=refused,
            alert=texts.get(alert),
            token=form._make_token(token),
            language_query="preview=1&" if is_preview else "",
            honeypot=HONEYPOT,
            is_preview=is_preview,
            accept=upload.ACCEPT,
            file_hint=form.env._(
                "Up to %(count)s files of %(size)s MB each: pictures, documents, archives.",
                count=upload.MAX_FILES,
                size=upload.MAX_FILE_MB,
            ),
        )
