import { registry } from "@web/core/registry";

const saved = { trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" };
const preview = [
    { trigger: ".o_crm_segment_preview button", run: "click" },
    {
        content: "How many they are",
        trigger: ".o_crm_segment_preview_count:contains(2)",
    },
    {
        content: "and some of them",
        trigger: ".o_crm_segment_preview:contains(Amal):contains(Basma):not(:contains(Carla))",
    },
];

/** Makes a segment by hand, looks at who is in it, and compares it with another one. */
registry.category("web_tour.tours").add("crm_suite_segment", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_form_view .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Tour Town",
        },
        {
            content: "A condition, chosen rather than typed",
            trigger: ".o_field_widget[name=domain] .o_tree_editor a[role=button]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=domain] .o_model_field_selector",
            run: "click",
        },
        {
            trigger: ".o_model_field_selector_popover_search input",
            run: "edit city",
        },
        {
            trigger: ".o_model_field_selector_popover_item[data-name=city] button",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=domain] .o_tree_editor_condition select",
            run: "selectByIndex 0",
        },
        {
            content: "The city",
            trigger:
                ".o_field_widget[name=domain] .o_tree_editor_condition .o_tree_editor_editor:last-child input",
            run: "edit Segmentville && press Tab",
        },
        ...preview,
        { trigger: ".o_form_button_save:visible", run: "click" },
        saved,
        {
            content: "They are members now",
            trigger: "button[name=action_view_contacts] .o_stat_value:contains(2)",
        },
        { trigger: "button[name=action_view_members]", run: "click" },
        {
            content: "Who entered",
            trigger: ".o_list_view:contains(Amal):contains(Basma)",
        },
        { trigger: ".o_back_button, .breadcrumb-item:last a", run: "click" },
        { trigger: ".o_form_view button[name=action_view_sizes]", run: "click" },
        {
            content: "How it grew",
            trigger: ".o_graph_view canvas",
        },
        { trigger: ".o_back_button, .breadcrumb-item:last a", run: "click" },
        {
            content: "Who is left out: the members of another segment",
            trigger: ".o_form_view .nav-link[name=composition]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=exclude_ids] input",
            run: "edit Tour List",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour List)",
            run: "click",
        },
        { trigger: ".o_field_widget[name=exclude_ids] .o_tag:contains(Tour List)" },
        {
            content: "What was counted before counts no longer",
            trigger: ".o_crm_segment_preview:not(:has(.o_crm_segment_preview_count))",
        },
        { trigger: ".o_crm_segment_preview button", run: "click" },
        { trigger: ".o_crm_segment_preview_count:contains(1)" },
        {
            content: "It was only a look",
            trigger: ".o_form_button_cancel:visible",
            run: "click",
        },
        { trigger: ".o_form_view:not(:has(.o_form_button_cancel:visible))" },
        { trigger: ".o_back_button, .breadcrumb-item:first a", run: "click" },
        {
            content: "Compare it with another one",
            trigger: ".o_data_row:contains(Tour Town) .o_list_record_selector input",
            run: "click",
        },
        { trigger: ".o_data_row_selected:contains(Tour Town)" },
        {
            trigger: ".o_data_row:contains(Tour List) .o_list_record_selector input",
            run: "click",
        },
        { trigger: ".o_data_row_selected:contains(Tour List)" },
        { trigger: ".o_data_row_selected:contains(Tour Town)" },
        { trigger: ".o_cp_action_menus .dropdown-toggle:has(.fa-cog)", run: "click" },
        {
            trigger: ".o-dropdown-item:contains(/Compare|مقارنة/)",
            run: "click",
        },
        {
            content: "One contact is in both",
            trigger:
                ".o_form_view .o_field_widget[name=line_ids] .o_data_cell[name=both_count]:contains(1)",
        },
    ],
});

/** Types a filter that cannot work: it is refused, and says why. */
registry.category("web_tour.tours").add("crm_suite_segment_refused", {
    steps: () => [
        {
            trigger: ".o_form_view .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Who owes",
        },
        {
            trigger: ".o_domain_selector_debug_container textarea",
            run: "edit [('credit', '>', 1000)] && press Tab",
        },
        { trigger: ".o_crm_segment_preview button", run: "click" },
        {
            content: "Not for who may not read it",
            trigger: ".o_crm_segment_preview .alert:contains(Nora):contains(credit)",
        },
        { trigger: ".o_form_button_save:visible", run: "click" },
        {
            content: "nor can it be saved",
            trigger: ".modal .modal-body:contains(credit)",
        },
        { trigger: ".modal .modal-footer button", run: "click" },
        {
            trigger: ".o_domain_selector_debug_container textarea",
            run: "edit [('city', '=', 'Segmentville')] && press Tab",
        },
        { trigger: ".o_crm_segment_preview:not(:has(.alert))" },
        ...preview,
        { trigger: ".o_form_button_save:visible", run: "click" },
        saved,
    ],
});
