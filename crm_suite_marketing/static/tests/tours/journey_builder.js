import { registry } from "@web/core/registry";

const NODE = ".o_journey_node";
const SAVED = ".o_journey_builder[data-saving='0']";

/** Draws a journey by mouse and by keys. Nothing in it hangs on the language. */
registry.category("web_tour.tours").add("crm_suite_marketing_journey_builder", {
    steps: () => [
        {
            content: "Begin a journey",
            trigger: ".o-kanban-button-new",
            run: "click",
        },
        {
            content: "Give it a name",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Tour",
        },
        {
            content: "Draw it",
            trigger: ".o_journey_unsaved button",
            run: "click",
        },
        {
            content: "All of the screen",
            trigger: ".o_journey_toggle_full",
            run: "click",
        },
        {
            content: "What comes after the start",
            trigger: `${NODE}[data-uid=start] [data-port=next]`,
            run: "click",
        },
        {
            content: "An e-mail",
            trigger: ".o_journey_menu [data-kind=mail]",
            run: "click",
        },
        {
            content: "It is there and has the focus",
            trigger: `${SAVED} ${NODE}[data-kind=mail].o_selected`,
        },
        {
            content: "From the list: a wait after it",
            trigger: ".o_journey_palette [data-kind=wait]",
            run: "click",
        },
        {
            content: "In between: a change of tags",
            trigger: `${SAVED}:has(${NODE}[data-kind=wait].o_selected) .o_journey_way_add[data-way='start.next']`,
            run: "click",
        },
        {
            trigger: ".o_journey_menu [data-kind=tag]",
            run: "click",
        },
        {
            content: "Undo by the keyboard",
            trigger: `${SAVED} ${NODE}[data-kind=tag].o_selected`,
            run: "press ctrl+z",
        },
        {
            content: "It is gone; redo by the button",
            trigger: `${SAVED}:not(:has(${NODE}[data-kind=tag])) .o_journey_redo:enabled`,
            run: "click",
        },
        {
            content: "It is back; duplicate and remove the copy by keys",
            trigger: `${SAVED} ${NODE}[data-kind=tag]`,
            run: "click",
        },
        {
            trigger: `${NODE}[data-kind=tag].o_selected .o_journey_duplicate`,
            run: "click",
        },
        {
            trigger: `${SAVED}:has(${NODE}[data-kind=tag] ~ ${NODE}[data-kind=tag]) ${NODE}[data-kind=tag].o_selected`,
            run: "press Delete",
        },
        {
            content: "What is wrong is listed",
            trigger: `${SAVED}:not(:has(${NODE}[data-kind=tag] ~ ${NODE}[data-kind=tag])) .o_journey_check.btn-outline-danger`,
            run: "click",
        },
        {
            content: "What is wrong is marked",
            trigger: `${NODE}[data-kind=tag].o_has_error`,
        },
        {
            content: "A click goes to the step",
            trigger: ".o_journey_problems li:first button",
            run: "click",
        },
        {
            trigger: `${NODE}.o_has_error.o_selected:focus`,
        },
        {
            trigger: ".o_journey_problems .btn-close",
            run: "click",
        },
        {
            content: "To the wait",
            trigger: `${NODE}[data-kind=wait]`,
            run: "click",
        },
        {
            content: "Its settings",
            trigger: `${NODE}[data-kind=wait].o_selected:focus`,
            run: "press Enter",
        },
        {
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 5",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "They are on the card",
            trigger: `body:not(:has(.modal)) ${NODE}[data-kind=wait] .o_journey_summary:contains(5)`,
        },
        {
            content: "Settings are taken back as well",
            trigger: ".o_journey_undo:enabled",
            run: "click",
        },
        {
            trigger: `${SAVED} ${NODE}[data-kind=wait] .o_journey_summary:not(:contains(5))`,
        },
        {
            trigger: ".o_journey_redo:enabled",
            run: "click",
        },
        {
            content: "See all of it",
            trigger: `${SAVED}:has(${NODE}[data-kind=wait] .o_journey_summary:contains(5)) .o_journey_fit`,
            run: "click",
        },
        {
            content: "The way out of the tags straight to the wait",
            trigger: `${SAVED} ${NODE}[data-kind=tag] [data-port=next]`,
            run: "click",
        },
        {
            trigger: ".o_journey_menu button[data-target]:has(.fa-hourglass-half)",
            run: "click",
        },
        {
            content: "It is drawn",
            trigger: `${SAVED}:has(.o_journey_undo:enabled) ${NODE}[data-kind=wait]`,
        },
        {
            content: "All in rows",
            trigger: ".o_journey_tidy",
            run: "click",
        },
        {
            content: "By keys: to the wait, and the end after it",
            trigger: `${SAVED} ${NODE}[data-kind=tag]`,
            run: "click",
        },
        {
            trigger: `${NODE}[data-kind=tag].o_selected`,
            run: "press ArrowDown",
        },
        {
            trigger: `${NODE}[data-kind=wait].o_selected:focus`,
            run: "press Insert",
        },
        {
            trigger: ".o_journey_menu [data-kind=exit]",
            run: "click",
        },
        {
            trigger: `${SAVED} ${NODE}[data-kind=exit].o_selected`,
        },
    ],
});
