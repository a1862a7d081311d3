from . import (
    knowledge,
    portal,
    portal_actions,
    portal_new_ticket,
    portal_thread,
    request_form,
    survey,
    voice,
)
