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
        "security/ir.model.access.csv",
        "security/campaign_security.xml",
        "views/campaign/crm_segment_views.xml",
        "views/campaign/mailing_mailing_views.xml",
        "views/campaign/mailing_trace_report_views.xml",
        "views/engagement/res_partner_views.xml",
        "views/crm_suite_marketing_menus.xml",
    ],
    "demo": [
        "demo/crm_segment_demo.xml",
        "demo/mailing_mailing_demo.xml",
        "demo/mailing_trace_demo.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "crm_suite_marketing/static/tests/tours/**/*",
        ],
    },
}
