import csv
import io
import json

from odoo import fields
from odoo.http import Controller, request, route
from odoo.tools import email_normalize, hmac

from odoo.addons.mass_mailing.controllers.main import MassMailController

from ..lib import consent as lib
from .preferences import Preferences

MAX_REQUEST = 64 * 1024
# The address holds the token
PRIVATE = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "SAMEORIGIN",
}
PAGE = {"type": "http", "auth": "public", "website": True, "multilang": False, "sitemap": False}


def describe_visitor():
    """Return what the ledger keeps of the visitor."""
    http = request.httprequest
    return {"ip": http.remote_addr, "user_agent": (http.user_agent.string or "")[:250]}


class ConsentController(Controller):
    """The pages on which people decide what they are written. Looking changes nothing, so programs
    that follow the links in mails do no harm; deciding takes a form. The one exception is the
    one-click address of RFC 8058, which only mail programs post to; opened, it leads to the page.
    """

    # ------------------------------------------------------------------
    # Preferences
    # ------------------------------------------------------------------

    @route("/consent/<string:token>", methods=["GET"], **PAGE)
    def preferences(self, token, done=None, **_parameters):
        link = self._find_link(token, "preferences")
        if not link:
            return self._render("unknown", status=404)
        preferences = self._of_link(link)
        return self._render("preferences", preferences=preferences, done=done, token=token)

    @route("/consent/<string:token>/save", methods=["POST"], max_content_length=MAX_REQUEST, **PAGE)
    def save_preferences(self, token, **posted):
        link = self._find_link(token, "preferences")
        if not link:
            return self._render("unknown", status=404)
        preferences = self._of_link(link)
        done = preferences.save(posted, "preferences", describe_visitor())
        if done == "flood":
            return self._render("flood", status=429)
        return self._redirect(f"/consent/{token}?done={done}")

    @route(
        "/consent/<string:token>/one-click",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # mail programs have neither session nor form
        save_session=False,
        max_content_length=MAX_REQUEST,
    )
    def one_click(self, token, **_posted):
        link = self._find_link(token, "one_click")
        if not link:
            return request.make_response("", headers=list(PRIVATE.items()), status=404)
        visitor = describe_visitor()
        if link.mailing_id:
            link.mailing_id._unsubscribe_address(
                link.identity, "one_click", address=link.address, **visitor
            )
        else:
            link.env["crm.consent"]._withdraw(link.identity, "email", source="one_click", **visitor)
        return request.make_response("", headers=list(PRIVATE.items()))

    @route("/consent/<string:token>/one-click", methods=["GET"], **PAGE)
    def show_one_click(self, token, **_parameters):
        """Programs that do not know RFC 8058 open the address: show what a person may decide."""
        link = self._find_link(token, "one_click")
        if not link:
            return self._render("unknown", status=404)
        return self._redirect(link._get_path("preferences"))

    @route("/consent/<string:token>/view", methods=["GET"], **PAGE)
    def view_mailing(self, token, **_parameters):
        link = self._find_link(token, "view")
        if not link.mailing_id or not link.res_id:
            return self._render("unknown", status=404)
        mailing = link.mailing_id
        # core made its token of the address as it normalises it
        proof = mailing._generate_mailing_recipient_token(link.res_id, link.identity)
        response = MassMailController().mailing_view_in_browser(
            mailing.id, email=link.identity, document_id=str(link.res_id), hash_token=proof
        )
        response.headers.update(PRIVATE)
        return response

    # ------------------------------------------------------------------
    # Subscribing
    # ------------------------------------------------------------------

    @route("/consent/subscribe", methods=["GET"], **PAGE)
    def subscribe(self, **_parameters):
        self._use_language()
        return self._render("subscribe", purposes=self._get_public_purposes())

    @route("/consent/subscribe/send", methods=["POST"], max_content_length=MAX_REQUEST, **PAGE)
    def send_subscription(self, email="", **posted):
        """The answer is the same whether somebody is known, has refused, or is not known."""
        self._use_language()
        purposes = self._get_public_purposes()
        chosen = purposes.filtered(lambda purpose: posted.get(f"purpose_{purpose.id}"))
        email = email if isinstance(email, str) else ""
        # sudo: visitors have no rights; what they ask for is checked here
        Consent = request.env["crm.consent"].sudo()
        identity = len(email) <= 254 and Consent._normalize(email, "email")
        if not identity or not lib.is_domain(identity.rpartition("@")[2]) or not chosen:
            error = "email" if chosen else "purpose"
            return self._render(
                "subscribe", purposes=purposes, chosen=chosen, email=email, error=error, status=422
            )
        # sudo: the same
        Request = request.env["crm.consent.request"].sudo()
        ip_hash = self._hash_visitor()
        if Request._is_flooded(ip_hash):
            return self._render("flood", status=429)
        Request._ask(
            identity,
            chosen,
            ip_hash=ip_hash,
            company=request.env.company,
            address=email_normalize(email, strict=False),
            lang=request.env.lang,
            source="form",
            **describe_visitor(),
        )
        return self._redirect("/consent/subscribe/thanks")

    @route("/consent/subscribe/thanks", methods=["GET"], **PAGE)
    def thanks(self, **_parameters):
        self._use_language()
        return self._render("thanks")

    @route("/consent/confirm/<string:token>", methods=["GET"], **PAGE)
    def confirm_page(self, token, **_parameters):
        asked = self._find_request(token, "confirm")
        if not asked:
            return self._render("unknown", status=404)
        page = "confirmed" if asked.state == "done" else "confirm"
        if page == "confirm" and asked._is_expired():
            return self._render("expired", status=410)
        return self._render(page, asked=asked, token=token)

    @route(
        "/consent/confirm/<string:token>/yes",
        methods=["POST"],
        max_content_length=MAX_REQUEST,
        **PAGE,
    )
    def confirm(self, token, **_posted):
        asked = self._find_request(token, "confirm")
        if not asked:
            return self._render("unknown", status=404)
        asked._confirm(**describe_visitor())
        return self._redirect(f"/consent/confirm/{token}")

    # ------------------------------------------------------------------
    # A person's data
    # ------------------------------------------------------------------

    @route("/consent/<string:token>/data", methods=["POST"], max_content_length=MAX_REQUEST, **PAGE)
    def ask_for_data(self, token, **_posted):
        """The data goes by e-mail to the address that it is about, to nobody who got a link."""
        link = self._find_link(token, "preferences")
        if not link:
            return self._render("unknown", status=404)
        if not self._ask_by_mail(link.identity, "export", link.address):
            return self._render("flood", status=429)
        return self._redirect(f"/consent/{token}?done=data")

    @route("/consent/data/<string:token>", methods=["GET"], **PAGE)
    def data(self, token, format=None, **_parameters):
        asked = self._find_request(token, "export")
        if not asked:
            return self._render("unknown", status=404)
        if asked._is_expired():
            return self._render("expired", status=410)
        if format not in ("json", "csv"):
            return self._render("data", asked=asked, token=token)
        record = asked.env["crm.consent"]._get_record([(asked.identity, "email")])
        return make_file(record, format)

    # ------------------------------------------------------------------
    # People who are logged in
    # ------------------------------------------------------------------

    @route("/my/consent", type="http", auth="user", methods=["GET"], website=True, sitemap=False)
    def my_preferences(self, done=None, **_parameters):
        """People write into their accounts whatever address they like, so nothing that is known of
        the address is shown or changed here: the link goes to the mailbox.
        """
        self._use_language()
        if not self._get_my_identity():
            return self._render("no_address", status=404)
        return self._render("mine", done=done)

    @route(
        "/my/consent/send",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def send_my_preferences(self, **_posted):
        self._use_language()
        identity = self._get_my_identity()
        if not identity:
            return self._render("no_address", status=404)
        email = email_normalize(request.env.user.email, strict=False)
        if not self._ask_by_mail(identity, "preferences", email):
            return self._render("flood", status=429)
        return self._redirect("/my/consent?done=sent")

    @route(
        "/crm/consent/export/<int(max=2147483647):partner_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def export_contact(self, partner_id, format="csv", **_parameters):
        """What is kept about a contact, for marketing users who may read him."""
        partner = request.env["res.partner"].browse(partner_id).exists()
        is_marketer = request.env.user.has_group("crm_suite_marketing.group_marketing_user")
        if not partner or not is_marketer or not partner.has_access("read"):
            raise request.not_found()
        addresses = [(one, channel) for channel, one in partner._get_consent_addresses().items()]
        record = request.env["crm.consent"]._get_record(addresses)
        return make_file(record, "json" if format == "json" else "csv")

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def _find_link(self, token, scope):
        # sudo: visitors have no rights; whoever holds the token has got the mail
        link = request.env["crm.consent.link"].sudo()._find(token, scope)
        if link:
            # sudo: see above
            partner = (
                request.env["res.partner"]
                .sudo()
                .search(
                    [("email_normalized", "in", lib.get_writings(link.identity, link.address))],
                    limit=1,
                )
            )
            self._use_language(partner.lang)
        return link.with_context(lang=request.env.lang)

    def _find_request(self, token, kind):
        # sudo: visitors have no rights; whoever holds the token has got the mail
        asked = request.env["crm.consent.request"].sudo()._find(token, kind)
        if asked:
            self._use_language(asked.lang)
        return asked.with_context(lang=request.env.lang)

    def _use_language(self, default=None):
        """Show the page in the language that the visitor chose, else in his own."""
        installed = {code for code, _name in request.env["res.lang"].get_installed()}
        wanted = (request.httprequest.args.get("lang"), request.httprequest.form.get("lang"))
        lang = next((one for one in (*wanted, default) if one in installed), None)
        if lang:
            request.update_context(lang=lang)

    def _of_link(self, link):
        # sudo: visitors have no rights; the page shows what was said for the address of the link
        company = link.mailing_id.purpose_id.company_id or request.env.company
        return Preferences(link.env, link.identity, company, link.mailing_id, link.address)

    def _get_my_identity(self):
        return request.env["crm.consent"]._normalize(request.env.user.email, "email")

    def _ask_by_mail(self, identity, kind, address=None):
        """Send a link to the address itself.

        :return: False if too much was asked for
        """
        # sudo: visitors have no rights; the e-mail goes to the person himself
        Request = request.env["crm.consent.request"].sudo()
        ip_hash = self._hash_visitor()
        if Request._is_flooded(ip_hash):
            return False
        Request._ask(
            identity,
            # sudo: the same
            request.env["crm.consent.purpose"].sudo(),
            kind=kind,
            ip_hash=ip_hash,
            company=request.env.company,
            address=address,
            lang=request.env.lang,
        )
        return True

    def _hash_visitor(self):
        network = lib.get_visitor_network(request.httprequest.remote_addr or "")
        return hmac(request.env(su=True), "crm-consent", network)

    def _get_public_purposes(self):
        # sudo: visitors have no rights; these are the purposes that are shown to them
        purposes = request.env["crm.consent.purpose"].sudo()._get_public(request.env.company)
        return purposes.filtered("on_email")

    def _redirect(self, address):
        if lang := request.httprequest.form.get("lang"):
            codes = {code for code, _name in request.env["res.lang"].get_installed()}
            if lang in codes:
                address += f"{'&' if '?' in address else '?'}lang={lang}"
        response = request.redirect(address, code=303)
        response.headers.update(PRIVATE)
        return response

    def _get_page_path(self):
        """The page itself, in other languages: what answers a form stands on the page before."""
        path = request.httprequest.path
        return path if request.httprequest.method in ("GET", "HEAD") else path.rpartition("/")[0]

    def _render(self, page, status=200, **values):
        languages = request.env["res.lang"].get_installed()
        language = request.env["res.lang"]._get_data(code=request.env.lang)
        response = request.render(
            "crm_suite_marketing.consent_page",
            {
                "page": page,
                "page_path": self._get_page_path(),
                "languages": languages,
                "lang_code": request.env.lang,
                "html_data": {
                    "lang": (language.iso_code or language.code).replace("_", "-"),
                    "dir": language.direction,
                },
                "today": fields.Date.today(),
                "no_index": True,
                "preferences": None,
                "asked": None,
                "error": "",
                "email": "",
                "chosen": (),
                "done": None,
                "token": None,
                **values,
            },
            status=status,
        )
        response.headers.update(PRIVATE)
        if status == 429:
            response.headers["Retry-After"] = "3600"
        return response


def make_file(record, format):
    """Return the record of a person as a file to download."""
    if format == "json":
        content, kind = json.dumps(record, ensure_ascii=False, indent=2), "application/json"
    else:
        out = io.StringIO()
        # one table for all parts, which have names of their own
        rows = [
            {"part": part, **row}
            for part, rows in record.items()
            if part != "addresses"
            for row in rows
        ]
        names = list(dict.fromkeys(name for row in rows for name in row)) or ["part"]
        writer = csv.writer(out)
        writer.writerow(names)
        for row in rows:
            writer.writerow([protect(row.get(name)) for name in names])
        content, kind = "\ufeff" + out.getvalue(), "text/csv"
    headers = {
        **PRIVATE,
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="consent.{format}"',
        "X-Content-Type-Options": "nosniff",
    }
    return request.make_response(content, headers=list(headers.items()))


def protect(value):
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
