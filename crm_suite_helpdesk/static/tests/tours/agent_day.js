import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const ROW = ".o_list_view .o_data_row";
const FORM_SLA = ".o_form_view .o_field_widget[name=sla_deadline]";

/** Nothing here is found by its text: the same steps are walked in Arabic. */
function row(status) {
    return `${ROW}:has(.o_crm_sla_live[data-status=${status}])`;
}

async function moveTo(type) {
    const [stage] = await rpc("/web/dataset/call_kw/crm.ticket.stage/search_read", {
        model: "crm.ticket.stage",
        method: "search_read",
        args: [
            [
                ["type", "=", type],
                ["team_ids", "=", false],
            ],
            ["id"],
        ],
        kwargs: { limit: 1 },
    });
    document.querySelector(`.o_statusbar_status button[data-value="${stage.id}"]`).click();
}

registry.category("web_tour.tours").add("crm_suite_helpdesk_agent_day", {
    steps: () => [
        { content: "One is late", trigger: row("overdue") },
        { content: "It shows", trigger: `${row("overdue")} .badge.text-bg-danger` },
        { content: "One is at risk", trigger: `${row("at_risk")} .badge.text-bg-warning` },
        { content: "One is on track", trigger: row("on_track") },
        { content: "One stands still", trigger: `${row("paused")} .fa-pause` },
        {
            content: "The nearest deadline first",
            trigger: ".o_list_view th[data-name=sla_deadline]",
            run: "click",
        },
        {
            content: "What is late comes first",
            trigger: `${ROW}:first-child .o_crm_sla_live[data-status=overdue]`,
        },
        {
            content: "Open the one at risk",
            trigger: `${row("at_risk")} td[name=name]`,
            run: "click",
        },
        {
            content: "It counts here, too",
            trigger: `${FORM_SLA} [data-status=at_risk]`,
        },
        {
            content: "Why this deadline?",
            trigger: ".o_form_view button[name=action_explain_deadline]:visible",
            run: "click",
        },
        {
            content: "Both promises are told",
            trigger: ".o_crm_sla_story [data-metric=first_response].active",
        },
        {
            content: "What was counted",
            trigger: ".o_crm_sla_story .o_crm_sla_span[data-state=running]",
        },
        { content: "The sum", trigger: ".o_crm_sla_story [data-name=arithmetic] b" },
        { content: "The deadline", trigger: ".o_crm_sla_story [data-name=deadline]" },
        {
            content: "The other promise",
            trigger: ".o_crm_sla_story [data-metric=resolution]",
            run: "click",
        },
        {
            content: "It is told",
            trigger: ".o_crm_sla_story [data-metric=resolution].active",
        },
        { content: "Enough", trigger: ".modal-footer button.btn-primary", run: "click" },
        { content: "Back on the ticket", trigger: "body:not(:has(.modal))" },
        {
            content: "Take it",
            trigger: "button[name=action_assign_to_me]:visible",
            run: "click",
        },
        {
            content: "It is mine",
            trigger: ".o_form_view:not(:has(button[name=action_assign_to_me]:visible))",
        },
        { content: "Write to the customer", trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        {
            content: "Answer",
            trigger: ".o-mail-Composer-input",
            run: "edit Which colour is the lamp?",
        },
        { content: "Send it", trigger: ".o-mail-Composer-send:enabled", run: "click" },
        { content: "It was sent", trigger: ".o-mail-Message:contains('Which colour')" },
        {
            content: "The next deadline is far away",
            trigger: `${FORM_SLA} [data-status=on_track]`,
        },
        {
            content: "Wait for the customer",
            trigger: ".o_statusbar_status button[data-value]",
            run: () => moveTo("waiting_customer"),
        },
        {
            content: "It stands still",
            trigger: `${FORM_SLA} [data-status=paused]`,
        },
        {
            content: "Solve it",
            trigger: ".o_statusbar_status button[data-value]",
            run: () => moveTo("solved"),
        },
        {
            content: "All promises were kept",
            trigger: `${FORM_SLA} [data-status=met]`,
        },
        {
            content: "Look at them",
            trigger: ".o_notebook .nav-link[name=sla]",
            run: "click",
        },
        {
            content: "One line each",
            trigger:
                ".o_field_widget[name=sla_clock_ids] .o_data_row:nth-child(2) [data-status=met]",
        },
        {
            content: "An agent decides nothing about them",
            trigger:
                ".o_notebook:not(:has(button[name=action_override], button[name=action_hold_sla]))",
        },
    ],
});
