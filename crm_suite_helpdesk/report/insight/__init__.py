from . import (
    crm_ticket_report,
    crm_ticket_performance_report,
    crm_ticket_backlog_report,
    crm_ticket_age_report,
    crm_sla_report,
)
