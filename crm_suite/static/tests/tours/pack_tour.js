import { registry } from "@web/core/registry";

const card = ".o_kanban_record:has(.fa-briefcase)";

/** A ready pack: what it would do is looked at, it is imported, and rolled back. */
registry.category("web_tour.tours").add("crm_suite_pack", {
    steps: () => [
        {
            content: "The pack of service companies says what it does",
            trigger: `${card} button[name=action_import]`,
            run: "click",
        },
        {
            content: "The diff lists what is new; the first line is looked at",
            trigger: ".o_field_widget[name=change_line_ids] .o_data_row .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "What it brings, line by line",
            trigger: ".modal .o_field_widget[name=details]",
        },
        {
            content: "Enough seen",
            trigger: ".modal .o_form_button_cancel, .modal .btn-close",
            run: "click",
        },
        {
            content: "Import",
            trigger: "body:not(:has(.modal)) button[name=action_import]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is done, and can be undone",
            trigger: "button[name=action_undo]:not([disabled])",
            run: "click",
        },
        {
            content: "What rolling back does is shown before it is done",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row",
        },
        {
            content: "Roll back",
            trigger: ".modal footer button[name=action_confirm]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Everything is as it was",
            trigger:
                "body:not(:has(.modal)) .o_form_view:not(:has(button[name=action_undo])) " +
                ".o_field_widget[name=undone_user_id]",
        },
    ],
});
