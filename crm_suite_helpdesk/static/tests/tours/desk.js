import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openHelpdesk = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open Helpdesk, which opens the desk",
        trigger: '.o_app[data-menu-xmlid="crm_suite_helpdesk.helpdesk_menu_root"]',
        run: "click",
    },
];

const goBack = {
    content: "Back to the desk",
    trigger: ".o_control_panel .breadcrumb-item a, .o_control_panel .o_back_button",
    run: "click",
};

// so that the next drawing is one of the next report
const asTable = [
    { content: "As a table", trigger: ".o_switch_view.o_pivot", run: "click" },
    { content: "It is one", trigger: ".o_pivot_view .o_pivot table" },
];

registry.category("web_tour.tours").add("crm_suite_helpdesk_desk", {
    url: "/odoo",
    steps: () => [
        ...openHelpdesk(),
        {
            content: "One of my tickets is overdue",
            trigger: '.o_crm_desk [data-counter="overdue"] .o_crm_desk_count.text-danger',
        },
        {
            content: "It is the first that I should do",
            trigger: '.o_crm_desk_next .o_crm_desk_ticket:first-child[data-reason="overdue"]',
        },
        {
            content: "The next one has a deadline",
            trigger: '.o_crm_desk_next .o_crm_desk_ticket[data-reason="deadline"]',
        },
        {
            content: "List what is overdue",
            trigger: '.o_crm_desk [data-counter="overdue"]',
            run: "click",
        },
        {
            content: "There is the one",
            trigger: ".o_list_view .o_data_row",
        },
        goBack,
        {
            content: "List the promises that I kept",
            trigger: '.o_crm_desk [data-counter="kept"]',
            run: "click",
        },
        {
            content: "It opens",
            trigger: ".o_list_view",
        },
        goBack,
        {
            content: "Take what nobody has",
            trigger: ".o_crm_desk_queue .o_crm_desk_take",
            run: "click",
        },
        {
            content: "It is mine now",
            trigger: ".o_crm_desk:not(:has(.o_crm_desk_take)) .o_crm_desk_next",
        },
        {
            content: "Open the first ticket",
            trigger: ".o_crm_desk_next .o_crm_desk_ticket:first-child button",
            run: "click",
        },
        {
            content: "There it is",
            trigger: ".o_form_view .o_field_widget[name='stage_id']",
        },
    ],
});

registry.category("web_tour.tours").add("crm_suite_helpdesk_reports", {
    url: "/odoo/helpdesk-desk",
    steps: () => [
        {
            content: "The load of my team: what nobody has",
            trigger: ".o_crm_desk_teams table tbody tr:first-child a",
            run: "click",
        },
        {
            content: "It is listed",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "Open the reports",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.report_menu"]',
            run: "click",
        },
        {
            content: "Performance",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_performance_report_menu"]',
            run: "click",
        },
        {
            content: "What happened, by team and agent",
            trigger: ".o_pivot table tbody tr:nth-child(2)",
        },
        {
            content: "As a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "One line for each thing",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "Open the reports again",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.report_menu"]',
            run: "click",
        },
        {
            content: "Promises",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_sla_report_menu"]',
            run: "click",
        },
        {
            content: "Kept and missed",
            trigger: ".o_pivot table tbody tr:nth-child(2)",
        },
        {
            content: "As a graph",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "It is drawn",
            trigger: ".o_graph_view canvas",
        },
        ...asTable,
        {
            content: "Open the reports again",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.report_menu"]',
            run: "click",
        },
        {
            content: "Open and closed",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_backlog_report_menu"]',
            run: "click",
        },
        {
            content: "It is drawn",
            trigger: ".o_graph_view canvas",
        },
        ...asTable,
        {
            content: "Open the reports again",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.report_menu"]',
            run: "click",
        },
        {
            content: "Age",
            trigger: '[data-menu-xmlid="crm_suite_helpdesk.crm_ticket_age_report_menu"]',
            run: "click",
        },
        {
            content: "It is drawn",
            trigger: ".o_graph_view canvas",
        },
    ],
});
