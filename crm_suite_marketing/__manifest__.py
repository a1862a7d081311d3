{
    "name": "CRM Suite Marketing",
    "version": "19.0.1.0.0",
    "summary": "Campaigns to customer segments, with opens and clicks on the timeline",
    "author": "CRM Suite contributors",
    "category": "Marketing/Email Marketing",
    "license": "LGPL-3",
    "application": True,
    "depends": [
        "crm_suite",
        "link_tracker",
        "mass_mailing",
        "mass_mailing_crm",
        "mass_mailing_sale",
        "mass_mailing_sms",
        "sms",
    ],
    "data": [
        "security/crm_suite_marketing_groups.xml",
        "views/crm_suite_marketing_menus.xml",
    ],
}
