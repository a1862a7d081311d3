import base64

from werkzeug.urls import url_parse

from odoo.http import Controller, request, route
from odoo.tools import urls

from odoo.addons.link_tracker.controller.main import LinkTracker
from odoo.addons.mass_mailing.controllers.main import MassMailController
from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController

from ..lib import delivery_token
from ..lib.bot_filter import AGENT_LENGTH
from ..lib.network import get_network

PIXEL = base64.b64decode("R0lGODlhAQABAIAAANvf7wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
SCHEMES = ("http", "https")
# Neither kept by caches, else later visits are not seen, nor told to the page that is led to
HEADERS = {
    "Cache-Control": "no-store, max-age=0",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
ROUTE = {
    "type": "http",
    "auth": "public",
    "methods": ["GET"],
    "save_session": False,
    "sitemap": False,
}


def describe_visit():
    """Return what the ledger of events keeps of whoever, or whatever, asks: nothing that names a
    line, only its neighbourhood.
    """
    http = request.httprequest
    purpose = " ".join(
        http.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
    )
    return {
        "method": http.method,
        "agent": _clean(http.user_agent.string)[:AGENT_LENGTH],
        "network": get_network(http.remote_addr),
        "country": request.geoip.country_code or "",
        "prefetch": any(word in purpose.lower() for word in ("prefetch", "preview", "prerender")),
    }


def _clean(text):
    return "".join(sign for sign in text or "" if sign.isprintable())


class TrackingController(Controller):
    """The picture and the links of a message. Their tokens are signed and name a message, not a
    person; whatever is no token of ours is answered like one, and notes nothing.
    """

    @route("/o/<string:token>.gif", **ROUTE)
    def load_pixel(self, token, **_parameters):
        numbers = delivery_token.read_token(self._get_key(), "open", token)
        if numbers and len(numbers) == 1:
            # sudo: visitors have no rights; the token was checked
            engagement = request.env["crm.engagement"].sudo()
            engagement._record_visit("open", describe_visit(), outbox_id=numbers[0])
        return request.make_response(
            PIXEL, headers=[*HEADERS.items(), ("Content-Type", "image/gif")]
        )

    @route("/c/<string:token>", **ROUTE)
    def follow_link(self, token, **_parameters):
        numbers = delivery_token.read_token(self._get_key(), "click", token)
        if not numbers or len(numbers) != 2:
            return self._refuse()
        # sudo: visitors have no rights; the token was checked
        env = request.env(su=True)
        delivery = env["crm.outbox"].browse(numbers[0]).exists()
        if not delivery:
            return self._refuse()
        engagement = env["crm.engagement"]
        if not numbers[1]:
            # the link that no person sees
            engagement._record_visit("click", describe_visit(), is_trap=True, outbox_id=delivery.id)
            return self._lead_to(request.env["ir.http"].sudo().env.company.get_base_url())
        link = env["link.tracker"].browse(numbers[1]).exists()
        target = link and link._is_of_mailing(delivery.mailing_id) and self._get_target(link)
        if not target:
            return self._refuse()
        engagement._record_visit("click", describe_visit(), link_id=link.id, outbox_id=delivery.id)
        return self._lead_to(env["crm.web.site"]._mark_link(target, delivery))

    @route("/r/<string:code>/t/<int:outbox_id>/<string:mark>", **ROUTE)
    def follow_text_link(self, code, outbox_id, mark):
        """The link of a text message. Whoever changes it is led on, and noted nowhere."""
        # sudo: visitors have no rights
        found = request.env["link.tracker.code"].sudo().search([("code", "=", code)], limit=1)
        link = found.link_id
        target = link and self._get_target(link)
        if not target:
            return self._refuse()
        if delivery_token.is_mark(self._get_key(), code, outbox_id, mark):
            env = request.env(su=True)  # sudo: the mark was checked
            delivery = env["crm.outbox"].browse(outbox_id).exists()
            if link._is_of_mailing(delivery.mailing_id):
                env["crm.engagement"]._record_visit(
                    "click", describe_visit(), link_id=link.id, outbox_id=delivery.id
                )
                target = env["crm.web.site"]._mark_link(target, delivery)
        return self._lead_to(target)

    def _get_key(self):
        return request.env["crm.consent"]._get_key()

    def _get_target(self, link):
        """Return where the link leads, with its UTM marks; None where no browser may be sent."""
        target = link.redirected_url or ""
        if target.startswith("/") and not target.startswith(("//", "/\\")):
            target = urls.urljoin(link.get_base_url(), target)
        parsed = url_parse(target)
        return target if parsed.scheme.lower() in SCHEMES and parsed.netloc else None

    def _lead_to(self, target):
        response = request.redirect(target, code=302, local=False)
        response.headers.update(HEADERS)
        return response

    def _refuse(self):
        return request.make_response("", headers=list(HEADERS.items()), status=404)


class MailingTracking(MassMailController):
    """Core's own picture and links, for mails that Odoo itself has sent."""

    @route()
    def track_mail_open(self, mail_id, token, **post):
        request.update_context(engagement_visit=describe_visit())
        response = super().track_mail_open(mail_id, token, **post)
        response.headers.update(HEADERS)
        return response

    @route()
    def full_url_redirect(self, code, mailing_trace_id, **post):
        request.update_context(engagement_visit=describe_visit())
        return _make_passing(super().full_url_redirect(code, mailing_trace_id, **post))


class MailingSmsTracking(MailingSMSController):
    @route()
    def sms_short_link_redirect(self, code, sms_id_int, **post):
        request.update_context(engagement_visit=describe_visit())
        return _make_passing(super().sms_short_link_redirect(code, sms_id_int, **post))


class PlainLinkTracking(LinkTracker):
    """A shortened link that names no message."""

    @route()
    def full_url_redirect(self, code, **post):
        return _make_passing(super().full_url_redirect(code, **post))


def _make_passing(response):
    """A redirect that browsers keep is followed without us the next time."""
    if response.status_code == 301:
        response.status_code = 302
    response.headers.update(HEADERS)
    return response
