import hashlib
import json
import re
from functools import cache

from odoo import fields
from odoo.http import Controller, request, route
from odoo.tools import file_open

from ..lib import consent
from ..lib import web_tracking as lib
from .tracking import describe_visit

SCRIPT = "crm_suite_marketing/static/lib_site/track.js"
HOUR = 3600


@cache
def read_script(is_counted):
    """Return the script that pages load, without its indentation, and what names its version."""
    with file_open(SCRIPT) as source:
        text = re.sub(r"(?m)^ +", "", source.read())
    config = json.dumps({"count": True} if is_counted else {})
    text = text.replace("const config = {};", f"const config = {config};")
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


class WebTrackingController(Controller):
    """Where pages of our sites get their script, and tell of their visitors. Whoever tells learns
    nothing: not whether there is such a site, nor whether something was kept.
    """

    @route(
        "/crm_suite/track.js",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        multilang=False,
        sitemap=False,
    )
    def load_script(self, site="", **_parameters):
        # sudo: visitors have no rights; only whether pages are counted is read
        known = request.env["crm.web.site"].sudo()._find_by_key(site)
        text, version = read_script(known.consent_mode == "count")
        headers = [
            ("Content-Type", "text/javascript; charset=utf-8"),
            ("Cache-Control", f"public, max-age={HOUR}"),
            ("ETag", f'"{version}"'),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
        if version in request.httprequest.if_none_match:
            return request.make_response("", headers=headers, status=304)
        return request.make_response(text, headers=headers)

    @route(
        "/crm_suite/track",
        type="http",
        auth="public",
        methods=["POST", "OPTIONS"],
        csrf=False,  # pages of other hosts have no session here
        save_session=False,
        multilang=False,
        sitemap=False,
        max_content_length=lib.MAX_BODY,
    )
    def take(self, **_parameters):
        http = request.httprequest
        origin = http.headers.get("Origin", "")
        if http.method == "OPTIONS":
            return self._answer(origin if self._is_known_origin(origin) else "")
        call = lib.read_call(http.get_data(cache=True), fields.Datetime.now())
        # sudo: pages have no rights; where they may tell from is checked
        site = request.env["crm.web.site"].sudo()._find_by_key(call.site if call else "")
        if not site._hears(origin):
            return self._answer()
        is_refused = http.headers.get("Sec-GPC") == "1" or http.headers.get("DNT") == "1"
        # whoever takes his consent back is heard in any case
        if not is_refused or call.is_farewell:
            is_count = call.is_count and site.consent_mode == "count"
            address = consent.get_visitor_network(http.remote_addr or "")
            if not site._is_flooded(address, is_count) and call.visitor:
                site._take(call, describe_visit())
        return self._answer(origin)

    def _is_known_origin(self, origin):
        # sudo: whoever asks has no rights; only whether a site has this address is said
        sites = request.env["crm.web.site"].sudo().search([], limit=1000)
        return lib.is_allowed(lib.get_origin(origin), sites._get_origins())

    def _answer(self, origin=""):
        headers = [("Cache-Control", "no-store"), ("Vary", "Origin")]
        if origin:
            headers += [
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Methods", "POST"),
                ("Access-Control-Allow-Headers", "Content-Type"),
                ("Access-Control-Max-Age", "86400"),
            ]
        return request.make_response("", headers=headers, status=204)
