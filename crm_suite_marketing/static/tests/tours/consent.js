import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const CHANGE = { bubbles: true, cancelable: true };

registry.category("web_tour.tours").add("crm_suite_marketing_record_consent", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Email Marketing",
            trigger: '.o_app[data-menu-xmlid="mass_mailing.mass_mailing_menu_root"]',
            run: "click",
        },
        {
            content: "Open the menu of consent",
            trigger: '[data-menu-xmlid="crm_suite_marketing.consent_menu"]',
            run: "click",
        },
        {
            content: "Enter what somebody said",
            trigger: '[data-menu-xmlid="crm_suite_marketing.crm_consent_recording_menu"]',
            run: "click",
        },
        {
            content: "Whose address",
            trigger: '.modal [name="addresses"] textarea',
            run: "edit Tour@Customer.example.com",
        },
        {
            content: "How we know",
            trigger: '.modal [name="reason"] input',
            run: "edit Said so by telephone",
        },
        {
            content: "Enter it",
            trigger: '.modal button[name="action_record"]',
            run: "click",
        },
        {
            content: "It is entered",
            trigger: ".o_notification",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Open the menu of consent again",
            trigger: '[data-menu-xmlid="crm_suite_marketing.consent_menu"]',
            run: "click",
        },
        {
            content: "Open the ledger",
            trigger: '[data-menu-xmlid="crm_suite_marketing.crm_consent_entry_menu"]',
            run: "click",
        },
        {
            content: "Open the entry",
            trigger: '.o_data_row td[name="identity"]:contains("tour@customer.example.com")',
            run: "click",
        },
        {
            content: "Nobody can change it",
            trigger:
                ".o_form_view .o_form_readonly, .o_form_view:not(:has(input:not([type=checkbox])))",
        },
    ],
});

registry.category("web_tour.tours").add("crm_suite_marketing_preferences", {
    steps: () => [
        {
            content: "Refuse the first purpose",
            trigger: ".o_consent_choice input:checked",
            run(helpers) {
                helpers.anchor.checked = false;
                helpers.anchor.dispatchEvent(new Event("change", CHANGE));
            },
        },
        {
            content: "Save",
            trigger: '.o_consent_preferences button[value="save"]',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is saved",
            trigger: ".o_consent_done",
        },
        {
            content: "Refuse everything",
            trigger: ".o_consent_none",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing is switched on any more",
            trigger: ".o_consent_page:not(:has(.o_consent_choice input:checked)) .o_consent_done",
        },
    ],
});
