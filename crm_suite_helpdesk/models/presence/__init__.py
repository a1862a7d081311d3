from . import crm_ticket_presence, ir_websocket
