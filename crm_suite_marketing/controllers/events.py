import time

from odoo.http import Controller, request, route

from ..lib import webhook
from ..lib.provider_events import BadEventsError

MAX_REQUEST = 256 * 1024


class EventsController(Controller):
    """Where other programs tell what became of messages. Only a signature opens it; whoever has
    none learns nothing, not even whether there is such a source.
    """

    @route(
        "/crm/events/<int:source_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        multilang=False,
        sitemap=False,
        max_content_length=MAX_REQUEST,
    )
    def take_events(self, source_id, **_parameters):
        body = request.httprequest.get_data(cache=True)
        # sudo: programs have no rights; the signature is checked
        source = request.env["crm.event.source"].sudo().browse(source_id).exists()
        signed = source.active and webhook.verify(
            source.secret, request.httprequest.headers, body, time.time()
        )
        if not signed:
            return self._answer(401, error="signature")
        if not source._count_call():
            return self._answer(429, error="too many calls")
        try:
            return self._answer(200, **source._take(body))
        except BadEventsError as error:
            return self._answer(400, error=error.words)

    def _answer(self, status, **values):
        headers = [("Cache-Control", "no-store")]
        if status == 429:
            headers.append(("Retry-After", "60"))
        return request.make_json_response(values, headers=headers, status=status)
