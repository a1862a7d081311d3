from . import crm_ticket_incident, crm_ticket_incident_reply
