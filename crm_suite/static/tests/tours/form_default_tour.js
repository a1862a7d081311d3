import { registry } from "@web/core/registry";

/** Opened on a default value of tags that holds one tag: another one is chosen instead. */
registry.category("web_tour.tours").add("crm_suite_form_default", {
    steps: () => [
        {
            content: "The tag that was chosen before has its name",
            trigger: ".crm_field_value[data-kind=many2many] .o_tag:contains(Tour Hot)",
        },
        {
            content: "Take it away",
            trigger: ".crm_field_value .o_tag .o_delete",
            run: "click",
        },
        {
            content: "It is gone",
            trigger: ".crm_field_value:not(:has(.o_tag))",
        },
        {
            content: "Look for another one",
            trigger: ".crm_field_value .o-autocomplete--input",
            run: "edit Tour Big",
        },
        {
            content: "Choose it",
            trigger: ".crm_field_value .o-autocomplete--dropdown-item a:contains(Tour Big)",
            run: "click",
        },
        {
            content: "It is there",
            trigger: ".crm_field_value .o_tag:contains(Tour Big)",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_saved",
        },
        {
            content: "Ask who gets it",
            trigger: ".o_form_statusbar button[type=action], .o_statusbar_buttons button",
            run: "click",
        },
        {
            content: "The dialog lists the default of this form",
            trigger: ".modal div[name=line_ids] .o_data_row",
        },
        {
            content: "Close it",
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "Back on the form",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
