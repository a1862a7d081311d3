import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_suite_marketing_mailing_to_segment", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Email Marketing",
            trigger: '.o_app[data-menu-xmlid="mass_mailing.mass_mailing_menu_root"]',
            run: "click",
        },
        {
            content: "Open the audience menu",
            trigger: '[data-menu-xmlid="crm_suite_marketing.audience_menu"]',
            run: "click",
        },
        {
            content: "Open the segments",
            trigger: '[data-menu-xmlid="crm_suite_marketing.crm_segment_menu"]',
            run: "click",
        },
        {
            content: "Open the segment",
            trigger: '.o_data_row td[name="name"]:contains("Tour Customers")',
            run: "click",
        },
        {
            content: "Write to it",
            trigger: '.o_form_statusbar button[name="action_send_mailing"]',
            run: "click",
        },
        {
            content: "The segment is chosen, and says whom it reaches",
            trigger: '[name="segment_reachable_count"]:contains("2")',
        },
        {
            content: "and whom not",
            trigger: '[name="segment_left_out"]:contains("Left out: 1 blacklisted.")',
        },
        {
            content: "No other recipients can be chosen beside it",
            trigger: ".o_form_view:not(:has([name='mailing_model_id']:visible))",
        },
        {
            content: "Start with plain text",
            trigger: ".o_mailing_template_preview_wrapper [data-name='basic']",
            run: "click",
        },
        {
            content: "Wait for the editor: it changes the body once more when it is there",
            trigger: '[name="body_arch"] :iframe .odoo-editor-editable',
        },
        {
            content: "Fill in the subject",
            trigger: "#subject_0",
            run: "edit A mailing from the tour",
        },
        {
            content: "Send, which also saves",
            trigger: 'button[name="action_launch"]',
            run: "click",
        },
        {
            content: "Confirm",
            trigger: '.modal button:contains("Send to all")',
            run: "click",
        },
        {
            content: "There is no preview text, and no link to unsubscribe",
            trigger: '.modal button[name="action_send_anyway"]',
            run: "click",
        },
        {
            content: "It waits for the scheduled job",
            trigger: '.o_statusbar_status .o_arrow_button_current:contains("In Queue")',
        },
    ],
});
