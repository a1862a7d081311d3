from . import crm_ticket_hand_over
