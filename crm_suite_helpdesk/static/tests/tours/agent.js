import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_suite_helpdesk_agent", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open Helpdesk",
            trigger: '.o_app[data-menu-xmlid="crm_suite_helpdesk.helpdesk_menu_root"]',
            run: "click",
        },
        {
            content: "Open the tickets menu",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.ticket_menu"]',
            run: "click",
        },
        {
            content: "Open the board",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_menu"]',
            run: "click",
        },
        {
            content: "Wait for its columns",
            trigger: ".o_kanban_group .o_column_title:contains('In Progress')",
        },
        {
            content: "Create a ticket on the board",
            trigger: ".o_kanban_view .o_control_panel_main_buttons .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Give it a subject",
            trigger: '.o_kanban_quick_create .o_field_widget[name="name"] input',
            run: "edit The tour broke the lamp",
        },
        {
            content: "Look for the customer",
            trigger: '.o_kanban_quick_create .o_field_widget[name="partner_id"] input',
            run: "edit hd_customer",
        },
        {
            content: "Choose the customer",
            trigger: ".o-autocomplete--dropdown-item:contains('hd_customer')",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_kanban_quick_create .o_kanban_edit",
            run: "click",
        },
        {
            content: "There is a deadline",
            trigger: '.o_form_view .o_field_widget[name="sla_deadline"]:visible',
        },
        {
            content: "Take it",
            trigger: 'button[name="action_assign_to_me"]:contains("Assign to Me")',
            run: "click",
        },
        {
            content: "It is mine",
            trigger: '.o_field_widget[name="user_id"] input:value("Amal Agent")',
        },
        {
            content: "Write to the customer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            content: "Type an answer",
            trigger: ".o-mail-Composer-input",
            run: "edit Please unplug it first.",
        },
        {
            content: "Send it",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It was sent",
            trigger: ".o-mail-Message:contains('Please unplug it first.')",
        },
        {
            content: "Move the ticket on",
            trigger: ".o_statusbar_status button:contains('In Progress')",
            run: "click",
        },
        {
            content: "It is in progress",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('In Progress')",
        },
        {
            content: "The move is saved",
            trigger: ".o_form_saved",
        },
        {
            content: "See how time was counted",
            trigger: '.o_notebook .nav-link[name="sla"]',
            run: "click",
        },
        {
            content: "The first response was in time",
            trigger:
                '.o_field_widget[name="sla_clock_ids"] tr:contains("First response") [data-status="met"]',
        },
    ],
});
