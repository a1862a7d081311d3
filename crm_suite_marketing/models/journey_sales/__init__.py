from . import crm_lead, mail_activity, crm_journey_node
