import { registry } from "@web/core/registry";

const PANEL = ".o_crm_shape_panel";
const NAME = "x_cs_tour_segment";
const FIELD = `.o_form_renderer .o_field_widget[name=${NAME}]`;

// the panel follows what was pointed at a moment later
const panelOf = (key) => `${PANEL} .o_crm_shape_body[data-key=${key}]`;

const start = [
    { content: "The menu of the form", trigger: ".o_cp_action_menus button", run: "click" },
    { trigger: ".o_crm_shape_start", run: "click" },
    { content: "The panel stands beside the form", trigger: `.o_crm_shaping ${PANEL}` },
];

const option = (index, english, arabic) => [
    {
        trigger: `${PANEL} .o_crm_shape_option[data-index='${index}'] input[data-lang=en_US]`,
        run: `edit ${english}`,
    },
    {
        trigger: `${PANEL} .o_crm_shape_option[data-index='${index}'] input[data-lang=ar_001]`,
        run: `edit ${arabic}`,
    },
];

/** An implementer adds a selection to the lead, required in one stage, and sees it everywhere. */
registry.category("web_tour.tours").add("crm_suite_shape_mode", {
    steps: () => [
        { trigger: ".o_form_view .o_form_sheet" },
        ...start,
        {
            content: "Point at the phone number",
            trigger: ".o_crm_spot[data-anchor=phone] .o_crm_spot_body",
            run: "click",
        },
        { trigger: `${PANEL} .o_crm_shape_after`, run: "click" },
        { content: "A new field is there", trigger: ".o_form_renderer .o_crm_ghost[data-key=f1]" },
        { trigger: `${panelOf("f1")} input[data-lang=en_US]:first`, run: "edit Tour Segment" },
        { trigger: `${panelOf("f1")} input[data-lang=ar_001]:first`, run: "edit قطاع النشاط" },
        { trigger: `${PANEL} button[data-kind=selection]`, run: "click" },
        ...option(0, "Clinic", "عيادة"),
        { trigger: `${PANEL} .o_crm_shape_add_option`, run: "click" },
        ...option(1, "Trading company", "شركة تجارية"),
        {
            content: "The form shows it as the widget that it will be, with colors",
            trigger:
                ".o_form_renderer .o_crm_ghost[data-kind=selection] .o_crm_custom_selection .o_tag",
        },
        {
            content: "with the label that was typed",
            trigger: ".o_form_renderer .o_crm_ghost_label:contains(/Tour Segment|قطاع النشاط/)",
        },
        { trigger: `${PANEL} #crm_shape_required`, run: "select when" },
        {
            content: "The domain editor of Odoo",
            trigger: ".modal .o_domain_selector a:first",
            run: "click",
        },
        {
            content: "It begins where people look first, with what a form can evaluate",
            trigger: ".modal .o_model_field_selector:contains(/Stage|المرحلة/)",
            run: "click",
        },
        { trigger: ".o_model_field_selector_popover_search input", run: "edit stage_id" },
        {
            trigger:
                ".o_model_field_selector_popover_item[data-name=stage_id] .o_model_field_selector_popover_item_name",
            run: "click",
        },
        {
            trigger:
                ".modal .o_tree_editor_condition .o_record_autocomplete_with_caret input, .modal .o_tree_editor_condition .o-autocomplete input",
            run: "edit Proposition",
        },
        { trigger: ".o-autocomplete--dropdown-item:contains(Proposition)", run: "click" },
        { trigger: ".modal .o_tag" },
        { trigger: ".modal footer button.btn-primary", run: "click" },
        {
            content: "The condition is told in words",
            trigger: `body:not(:has(.modal)) ${PANEL} .o_crm_shape_edit_condition:contains(Proposition)`,
        },
        { content: "Publish", trigger: `${PANEL} .o_crm_shape_publish:enabled`, run: "click" },
        { content: "It is a field of the form", trigger: FIELD },
        {
            content: "Still in shape mode, nothing is left to publish",
            trigger: `${PANEL}:has(.o_crm_shape_publish:disabled) .o_crm_shape_fields [data-field=${NAME}]`,
        },
        { trigger: `${PANEL} .o_crm_shape_stop`, run: "click" },
        { trigger: `.o_form_view:not(.o_crm_shaping) .o_field_widget[name=${NAME}]` },
        {
            content: "The stage asks for it",
            trigger: ".o_form_view .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Forty desks && press Tab",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: `.o_form_view .o_field_widget[name=${NAME}].o_field_invalid` },
        {
            content: "and says what it asks for",
            trigger: ".o_notification:contains(/Tour Segment|قطاع النشاط/)",
        },
        { trigger: ".o_form_button_cancel", run: "click" },
        { trigger: ".o_form_view .o_form_saved" },
    ],
});

/** Drafts are moved, taken back and removed; a field goes to a new tab. Nothing is left behind. */
registry.category("web_tour.tours").add("crm_suite_shape_mode_drafts", {
    steps: () => [
        { trigger: ".o_form_view .o_form_sheet" },
        ...start,
        { trigger: ".o_crm_spot[data-anchor=email_from] .o_crm_spot_body", run: "click" },
        { trigger: `${PANEL} .o_crm_shape_before`, run: "click" },
        { trigger: `${panelOf("f1")} input[name=label]`, run: "edit Tour First" },
        { trigger: `${PANEL} input[name=help]`, run: "edit What comes first" },
        {
            content: "Help and label are two steps",
            trigger: `${PANEL} .o_crm_shape_undo`,
            run: "click",
        },
        { trigger: `${PANEL} input[name=help]:value(/^$/)` },
        { trigger: `${PANEL} input[name=label]:value(Tour First)` },
        {
            trigger: ".o_crm_spot[data-ghost=f1] [data-position=after]:not(:visible)",
            run: () => {},
        },
        { content: "Another kind", trigger: `${PANEL} button[data-kind=date]`, run: "click" },
        { trigger: ".o_crm_ghost[data-kind=date] .o_field_date" },
        { content: "Take that back", trigger: `${PANEL} .o_crm_shape_undo`, run: "click" },
        { trigger: ".o_crm_ghost[data-kind=char] .o_field_char" },
        { content: "Point at another place", trigger: `${PANEL} .o_crm_shape_move`, run: "click" },
        { trigger: `${PANEL} .o_crm_shape_moving` },
        {
            trigger: ".o_crm_spot[data-anchor=phone] button[data-position=after]",
            run: "click",
        },
        {
            content: "It is below the phone number",
            trigger: `${PANEL} #crm_shape_place:has(option[value='after phone']:checked)`,
        },
        { content: "A tab of its own", trigger: ".o_crm_spot_tab", run: "click" },
        { trigger: `${panelOf("t1")} input[name=label]`, run: "edit Needs" },
        { trigger: ".o_notebook_headers .nav-link.active[name=t1]" },
        { trigger: ".o_crm_spot_page[data-page=t1]", run: "click" },
        { trigger: ".o_notebook .tab-pane .o_crm_ghost[data-key=f2]" },
        { trigger: `${panelOf("f2")} input[name=label]`, run: "edit Tour Visit" },
        { trigger: `${PANEL} .o_crm_shape_back`, run: "click" },
        { content: "Three changes wait", trigger: `${PANEL} .o_crm_shape_count:contains(3)` },
        {
            content: "One is given up",
            trigger: `${PANEL} .o_crm_shape_item[data-key=f1] .o_crm_shape_remove`,
            run: "click",
        },
        { trigger: ".o_form_renderer:not(:has(.o_crm_ghost[data-key=f1]))" },
        { content: "Leave", trigger: `${PANEL} .o_crm_shape_stop`, run: "click" },
        { content: "Better not", trigger: ".modal footer .btn-secondary", run: "click" },
        { trigger: `body:not(:has(.modal)) ${PANEL} .o_crm_shape_publish:enabled`, run: "click" },
        { trigger: ".o_notebook_headers .nav-link.active[name^=x_cs_tab_]" },
        { trigger: ".o_notebook .tab-pane .o_field_widget[name=x_cs_tour_visit]" },
        {
            content: "Hide it again",
            trigger: `${PANEL} .o_crm_shape_fields [data-field=x_cs_tour_visit] button`,
            run: "click",
        },
        { trigger: `${PANEL} input[data-outlet=form]`, run: "click" },
        { trigger: ".o_form_renderer:not(:has(.o_field_widget[name=x_cs_tour_visit]))" },
        { trigger: `${PANEL} .o_crm_shape_undo`, run: "click" },
        { trigger: ".o_form_renderer .o_field_widget[name=x_cs_tour_visit]" },
        { trigger: `${PANEL} input[data-outlet=kanban]`, run: "click" },
        { trigger: `${PANEL} .o_crm_shape_publish:enabled`, run: "click" },
        { trigger: `${PANEL}:has(.o_crm_shape_publish:disabled)` },
        {
            content: "A rule for it",
            trigger: `${PANEL} .o_crm_shape_fields [data-field=x_cs_tour_visit] button`,
            run: "click",
        },
        { trigger: `${PANEL} .o_crm_shape_rule`, run: "click" },
        { trigger: ".modal .o_field_widget[name=target_field_ids] .o_tag" },
        { trigger: ".modal .btn-close, .modal .o_form_button_cancel", run: "click" },
        { trigger: `body:not(:has(.modal)) ${PANEL} .o_crm_shape_stop`, run: "click" },
        { trigger: ".o_form_view:not(.o_crm_shaping)" },
        { trigger: "body:not(:has(.o_crm_spots))" },
    ],
});
