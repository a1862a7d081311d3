import { _t } from "@web/core/l10n/translation";

/** The kinds of steps as people look for them. */
export const GROUPS = [
    { key: "start", label: _t("Start"), kinds: ["trigger"] },
    { key: "message", label: _t("Messages"), kinds: ["mail", "sms"] },
    {
        key: "action",
        label: _t("Actions"),
        kinds: ["activity", "update", "tag", "list", "segment", "lead", "webhook", "server_action"],
    },
    { key: "time", label: _t("Timing"), kinds: ["wait", "until", "condition"] },
    { key: "logic", label: _t("Logic"), kinds: ["branch", "split", "ab", "goal", "jump", "exit"] },
];

export const ICONS = {
    trigger: "fa-flag",
    mail: "fa-envelope",
    sms: "fa-commenting",
    webhook: "fa-plug",
    activity: "fa-check-square-o",
    update: "fa-pencil",
    tag: "fa-tags",
    list: "fa-list-ul",
    segment: "fa-pie-chart",
    lead: "fa-star",
    server_action: "fa-cogs",
    wait: "fa-hourglass-half",
    until: "fa-calendar",
    condition: "fa-bell",
    branch: "fa-code-fork",
    split: "fa-random",
    ab: "fa-flask",
    goal: "fa-trophy",
    jump: "fa-share",
    exit: "fa-sign-out",
};

export const getGroup = (kind) => GROUPS.find((group) => group.kinds.includes(kind))?.key;

/** Where people come in, nothing leads to. */
export const LED_TO = GROUPS.filter((group) => group.key !== "start");
