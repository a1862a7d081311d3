import { registry } from "@web/core/registry";

/** Opens a report from the menu, reads it as pivot, graph and list, and opens a row of it. */
function readReport(menu, ofPivot = []) {
    return [
        {
            content: `Open ${menu}`,
            trigger: "[data-menu-xmlid='crm.crm_menu_report']",
            run: "click",
        },
        {
            trigger: `[data-menu-xmlid='crm_suite.${menu}']`,
            run: "click",
        },
        {
            trigger: ".o_pivot table tbody .o_pivot_cell_value",
        },
        ...ofPivot,
        {
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            trigger: ".o_graph_canvas_container canvas",
        },
        {
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:first .o_data_cell:first",
            run: "click",
        },
        {
            content: "The lead, or whatever the row is about",
            trigger: ".o_form_view .o_form_sheet",
        },
    ];
}

registry.category("web_tour.tours").add("crm_suite_reports", {
    steps: () => [
        {
            content: "The funnel is a view of its own",
            trigger: ".o_switch_view.o_crm_funnel.active",
        },
        {
            content: "The first stage was reached by three, the second by two",
            trigger: ".o_crm_funnel_table tbody tr:nth-child(1) .o_crm_funnel_bar:contains(3)",
        },
        {
            trigger: ".o_crm_funnel_table tbody tr:nth-child(2) .o_crm_funnel_bar:contains(2)",
        },
        {
            content: "A bar opens its opportunities",
            trigger: ".o_crm_funnel_table tbody tr:nth-child(2) .o_crm_funnel_bar",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "A row opens its opportunity",
            trigger: ".o_list_view .o_data_row:first .o_data_cell[name=lead_id]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=stage_id] .o_arrow_button_current",
        },
        ...readReport("crm_lead_movement_report_menu"),
        ...readReport("crm_sales_performance_report_menu", [
            {
                content: "Won: one. It opens the one, not all that happened",
                trigger: ".o_pivot tbody tr:first-child td:nth-of-type(4):contains(1)",
                run: "click",
            },
            {
                trigger:
                    ".o_list_view:has(.o_data_row:nth-child(1)):not(:has(.o_data_row:nth-child(2)))",
            },
            {
                trigger: ".o_back_button",
                run: "click",
            },
            {
                trigger: ".o_pivot table tbody .o_pivot_cell_value",
            },
        ]),
        ...readReport("crm_lost_reason_report_menu"),
        {
            content: "The review is printed from a small dialog",
            trigger: "[data-menu-xmlid='crm.crm_menu_report']",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='crm_suite.crm_pipeline_review_menu']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=team_ids] .o_tag",
        },
        {
            trigger: ".modal button[name=action_print]",
        },
        {
            trigger: ".modal button[special=cancel]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
    ],
});
