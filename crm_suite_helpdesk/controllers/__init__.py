from . import portal, portal_actions, portal_new_ticket, portal_thread, survey
