import re
import time

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from ..lib import webhook
from ..models.journey_trigger.crm_journey_hook import BadCallError

MAX_REQUEST = 64 * 1024
KEY = re.compile(r"[A-Za-z0-9_-]+")


class JourneyController(Controller):
    """Where other programs tell who is to enter a journey. Only a signature opens it; whoever has
    none learns nothing, and whoever has one does not learn who is known.
    """

    @route(
        "/crm_suite/journey/<string(maxlength=64):key>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        multilang=False,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def take_call(self, key, **_parameters):
        headers = request.httprequest.headers
        body = request.httprequest.get_data(cache=True)
        # sudo: programs have no rights; the signature is checked
        hooks = request.env["crm.journey.hook"].sudo()
        hook = hooks.search([("key", "=", key)], limit=1) if KEY.fullmatch(key) else hooks
        if not hook or not webhook.verify(hook.secret, headers, body, time.time()):
            return self._answer(401, error="signature")
        if not hook._count_call():
            return self._answer(429, error="too many calls")
        try:
            with request.env.cr.savepoint():
                is_new = hook._take(headers[webhook.ID], body)
        except BadCallError as error:
            return self._answer(400, error=f"not understood: {error}"[:200])
        except UserError:
            # the responsible may not do it; the journey tells him
            return self._answer(400, error="not taken")
        if not is_new:
            return self._answer(409, error="taken before")
        return self._answer(202, result="taken")

    def _answer(self, status, **values):
        headers = [("Cache-Control", "no-store")]
        if status == 429:
            headers.append(("Retry-After", "60"))
        return request.make_json_response(values, headers=headers, status=status)
