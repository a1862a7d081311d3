{
    "name": "CRM Suite",
    "version": "19.0.1.0.0",
    "summary": "Customers, sales from lead to paid invoice, segments and form rules",
    "author": "CRM Suite contributors",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "application": True,
    "depends": [
        "account",
        "base_automation",
        "calendar",
        "contacts",
        "crm",
        "phone_validation",
        "sale_crm",
        "sale_management",
        "utm",
    ],
    "data": [
        "security/crm_suite_groups.xml",
        "views/crm_suite_menus.xml",
    ],
}
