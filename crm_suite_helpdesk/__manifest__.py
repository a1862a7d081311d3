{
    "name": "CRM Suite Helpdesk",
    "version": "19.0.1.0.0",
    "summary": "Tickets by mail and portal with an exact, explainable SLA",
    "author": "CRM Suite contributors",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "application": True,
    "depends": ["crm_suite", "portal", "rating", "resource"],
    "data": [
        "security/crm_suite_helpdesk_groups.xml",
        "views/crm_suite_helpdesk_menus.xml",
    ],
}
