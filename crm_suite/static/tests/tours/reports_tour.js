import { registry } from "@web/core/registry";

/** A bar of the funnel opens its opportunities, and a row of them the opportunity. */
registry.category("web_tour.tours").add("crm_suite_funnel", {
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
            content: "Open those that reached the second",
            trigger: ".o_crm_funnel_table tbody tr:nth-child(2) .o_crm_funnel_bar",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "Open an opportunity",
            trigger: ".o_list_view .o_data_row:first .o_data_cell[name=lead_id]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=stage_id] .o_arrow_button_current",
        },
    ],
});

/** Every report can be read as pivot, graph and list, and its rows open what they are about. */
registry.category("web_tour.tours").add("crm_suite_reports", {
    steps: () => [
        {
            trigger: ".o_pivot table tbody .o_pivot_cell_value",
        },
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
            trigger: ".o_form_view .o_field_widget[name=stage_id], .o_form_view .o_form_statusbar",
        },
    ],
});

/** The review is printed from a small dialog. */
registry.category("web_tour.tours").add("crm_suite_pipeline_review", {
    steps: () => [
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
