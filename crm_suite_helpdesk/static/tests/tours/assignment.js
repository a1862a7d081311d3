import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_suite_helpdesk_assignment", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Helpdesk, which opens the desk",
            trigger: '.o_app[data-menu-xmlid="crm_suite_helpdesk.helpdesk_menu_root"]',
            run: "click",
        },
        {
            content: "There is a ticket for which nobody is available",
            trigger: '.o_crm_desk [data-counter="nobody"] .o_crm_desk_count.text-danger',
        },
        {
            content: "I take no tickets myself: switch that on",
            trigger: '.o_crm_desk_availability[data-presence="paused"] input',
            run: "click",
        },
        {
            content: "Now I am available",
            trigger: '.o_crm_desk_availability[data-presence="here"]',
        },
        {
            content: "List what nobody is available for",
            trigger: '.o_crm_desk [data-counter="nobody"]',
            run: "click",
        },
        {
            content: "Open the ticket",
            trigger: ".o_data_row:contains('The printer is on fire') .o_data_cell[name='number']",
            run: "click",
        },
        {
            content: "It says why",
            trigger: ".o_form_view .o_crm_ticket_nobody li",
        },
        {
            content: "Try again",
            trigger: ".o_crm_ticket_nobody button[name='action_assign_automatically']",
            run: "click",
        },
        {
            content: "It has an agent: ask why him",
            trigger: ".o_form_view button[name='action_explain_assignment']:visible",
            run: "click",
        },
        {
            content: "It is explained",
            trigger: ".modal .o_field_widget[name='assignment_story'] li",
        },
        {
            content: "Close",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "Open the menu of tickets",
            trigger:
                'body:not(:has(.modal)) .o_menu_sections [data-menu-xmlid="crm_suite_helpdesk.ticket_menu"]',
            run: "click",
        },
        {
            content: "See who is there",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_agent_menu"]',
            run: "click",
        },
        {
            content: "Open myself",
            trigger: ".o_data_row:contains('Mona Manager') .o_data_cell[name='team_id']",
            run: "click",
        },
        {
            content: "Hand my queue over",
            trigger: ".o_form_view button[name='action_hand_over']",
            run: "click",
        },
        {
            content: "Back to the queue",
            trigger: ".modal .o_field_widget[name='way'] input[data-value='queue']",
            run: "click",
        },
        {
            content: "Do it",
            trigger: ".modal footer button[name='action_hand_over']",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification.o_notification_success, .o_notification .bg-success",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
