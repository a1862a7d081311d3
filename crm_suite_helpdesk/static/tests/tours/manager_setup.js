import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const field = (name) => `.o_field_widget[name="${name}"]`;

registry.category("web_tour.tours").add("crm_suite_helpdesk_manager_setup", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Helpdesk",
            trigger: '.o_app[data-menu-xmlid="crm_suite_helpdesk.helpdesk_menu_root"]',
            run: "click",
        },
        {
            content: "Open the configuration",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.config_menu"]',
            run: "click",
        },
        {
            content: "Set up a desk",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_team_setup_menu"]',
            run: "click",
        },
        {
            content: "Name the team",
            trigger: `${field("name")} input`,
            run: "edit Tour Desk",
        },
        {
            content: "Give it an address",
            trigger: `${field("alias_name")} input`,
            run: "edit tour-desk",
        },
        {
            content: "On to the hours",
            trigger: 'button[name="action_next"]',
            run: "click",
        },
        {
            content: "Open too early for its end",
            trigger: `${field("hour_to")} input`,
            run: "edit 08:00",
        },
        {
            content: "This is refused",
            trigger: 'button[name="action_next"]',
            run: "click",
        },
        {
            content: "Read why",
            trigger: ".o_error_dialog .modal-footer button, .modal .btn-primary",
            run: "click",
        },
        {
            content: "Nothing was lost; put it right",
            trigger: `${field("hour_to")} input:value("08:00")`,
            run: "edit 18:00",
        },
        {
            content: "A weekend on Friday and Saturday",
            trigger: `${field("weekend")} input[data-value="fri_sat"]`,
            run: "click",
        },
        {
            content: "The hours in words",
            trigger: `${field("hours_in_words")}:contains("18:00")`,
        },
        {
            content: "On to the holidays",
            trigger: 'button[name="action_next"]',
            run: "click",
        },
        {
            content: "Propose those of the country",
            trigger: 'button[name="action_propose_holidays"]',
            run: "click",
        },
        {
            content: "They are there",
            trigger: `${field("holiday_ids")} .o_data_row:nth-child(5)`,
        },
        {
            content: "On to the promises",
            trigger: 'button[name="action_next"]',
            run: "click",
        },
        {
            content: "Promise a first response",
            trigger: `${field("promise_ids")} .o_data_row:first-child td[name="first_response"]`,
            run: "click",
        },
        {
            content: "Within half an hour",
            trigger: `${field("promise_ids")} .o_data_row:first-child td[name="first_response"] input`,
            run: "edit 00:30",
        },
        {
            content: "Finish",
            trigger: 'button[name="action_finish"]',
            run: "click",
        },
        {
            content: "What was set up is said",
            trigger: '.o_notification:contains("00:30")',
        },
        {
            content: "The board of the team is open",
            trigger: '.o_kanban_view .o_searchview_facet:contains("Tour Desk")',
        },
    ],
});
