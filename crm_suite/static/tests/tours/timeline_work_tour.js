import { registry } from "@web/core/registry";

/**
 * A day with the timeline of a customer, on any screen and in any language: nothing is found by its
 * text, but by what the test named it. `Mark` is in the title of one event on the second page.
 */
const PAGE = ".o_crm_timeline_action";
const MARKED = `${PAGE} .o_crm_timeline_row:contains(Mark)`;

registry.category("web_tour.tours").add("crm_suite_timeline_work", {
    steps: () => [
        {
            content: "Open the timeline of the contact",
            trigger: ".o_notebook_headers a[name=timeline]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_crm_timeline_row",
        },
        {
            content: "Have it as a page",
            trigger: ".o_crm_timeline_expand",
            run: "click",
        },
        {
            trigger: `${PAGE} li[data-source=interaction]`,
        },
        {
            content: "Nothing is wider than the screen",
            trigger: `${PAGE} .o_crm_timeline`,
            run() {
                const { scrollWidth } = document.documentElement;
                if (scrollWidth > window.innerWidth || this.anchor.scrollWidth > innerWidth) {
                    throw new Error(`The page is ${scrollWidth} wide on ${window.innerWidth}`);
                }
            },
        },
        {
            content: "Only quotations and orders",
            trigger: `${PAGE} button[data-source=quotation]`,
            run: "click",
        },
        {
            trigger: `${PAGE} .o_crm_timeline_days:has(li[data-source=order]):not(:has(li[data-source=interaction]))`,
        },
        {
            content: "And invoices",
            trigger: `${PAGE} button[data-source=invoice]`,
            run: "click",
        },
        {
            trigger: `${PAGE} .o_crm_timeline_days:has(li[data-source=order]):has(li[data-source=invoice]):not(:has(li[data-source=interaction]))`,
        },
        {
            trigger: `${PAGE} .o_crm_timeline_all`,
            run: "click",
        },
        {
            trigger: `${PAGE} li[data-source=interaction]`,
        },
        {
            content: "Look for أحمد without his hamza",
            trigger: `${PAGE} .o_crm_timeline_search input`,
            run: "edit احمد",
        },
        {
            trigger: `${PAGE} mark:contains(أحمد)`,
        },
        {
            content: "Look for what is not there",
            trigger: `${PAGE} .o_crm_timeline_search input`,
            run: "edit zebra",
        },
        {
            trigger: `${PAGE} .o_crm_timeline_empty`,
        },
        {
            trigger: `${PAGE} .o_crm_timeline_clear`,
            run: "click",
        },
        {
            trigger: `${PAGE} li[data-source=interaction]`,
        },
        {
            content: "Scroll to the end of what is loaded",
            trigger: `${PAGE} .o_crm_timeline_end`,
            run() {
                this.anchor.scrollIntoView();
            },
        },
        {
            content: "The rest comes by itself",
            trigger: MARKED,
        },
        {
            content: "Open one of them",
            trigger: `${MARKED} a`,
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=channel]",
        },
        {
            content: "Back to the timeline",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "At the very place",
            trigger: `${MARKED} a:focus`,
        },
        {
            content: "Jump to a day",
            trigger: `${PAGE} .o_crm_timeline_jump`,
            run: "click",
        },
        {
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        {
            content: "Back to today",
            trigger: `${PAGE} .o_crm_timeline_today`,
            run: "click",
        },
        {
            trigger: `${PAGE} .o_crm_timeline:not(:has(.o_crm_timeline_until))`,
        },
        {
            content: "Log a visit",
            trigger: `${PAGE} .o_crm_timeline_channels`,
            run: "click",
        },
        {
            trigger: ".o_popover [data-channel=visit], .o_bottom_sheet [data-channel=visit]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit Saw the new branch",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "It is on the timeline at once",
            trigger: `${PAGE} .o_crm_timeline_row:contains(Saw the new branch) .fa-map-marker`,
        },
        {
            content: "Print the history",
            trigger: `${PAGE} .o_crm_timeline_print`,
            run: "click",
        },
        {
            trigger: ".modal [name=sources] [data-source=interaction]",
            run: "click",
        },
        {
            trigger: ".modal [name=sources] [data-source=interaction].active",
        },
        {
            trigger: ".modal button[name=action_print]",
            run: "click",
        },
        {
            content: "The dialog is gone when the file is there",
            trigger: "body:not(:has(.modal))",
        },
    ],
});
