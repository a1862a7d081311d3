import { _t } from "@web/core/l10n/translation";

/** The channels of an interaction that people choose by a button: those that are logged most. */
export const QUICK_CHANNELS = [
    { value: "phone", icon: "fa-phone", label: _t("Call"), title: _t("Log a call") },
    { value: "meeting", icon: "fa-users", label: _t("Meeting"), title: _t("Log a meeting") },
    { value: "visit", icon: "fa-map-marker", label: _t("Visit"), title: _t("Log a visit") },
    { value: "letter", icon: "fa-file-text-o", label: _t("Letter"), title: _t("Log a letter") },
    { value: "chat", icon: "fa-comments-o", label: _t("Chat"), title: _t("Log a chat") },
];
