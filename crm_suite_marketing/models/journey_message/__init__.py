from . import crm_outbox, mailing_mailing, crm_journey, crm_journey_version, crm_journey_node
