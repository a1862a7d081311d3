import { _t } from "@web/core/l10n/translation";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { MultiRecordSelector } from "@web/core/record_selectors/multi_record_selector";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { parseFloat } from "@web/views/fields/parsers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";

const SHEET = "qualification_sheet";

/**
 * The check-list of a lead, answered in place.
 *
 * The field collects what is entered, to be saved or discarded with the form. The questions, and
 * what is known already, are in the field `qualification_sheet`.
 */
export class QualificationSheet extends Component {
    static template = "crm_suite.QualificationSheet";
    static components = { DateTimeInput, MultiRecordSelector };
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ invalid: {} });
    }

    get sheet() {
        return this.props.record.data[SHEET] || { questions: [], others: [] };
    }

    get entered() {
        return this.props.record.data[this.props.name] || {};
    }

    get answered() {
        return this.sheet.questions.filter((question) => this.isAnswered(question)).length;
    }

    get progress() {
        return _t("%(answered)s of %(total)s", {
            answered: this.answered,
            total: this.sheet.questions.length,
        });
    }

    get percentage() {
        return Math.round((100 * this.answered) / this.sheet.questions.length);
    }

    isEntered(question) {
        return question.id in this.entered;
    }

    value(question) {
        return this.isEntered(question) ? this.entered[question.id] : question.value;
    }

    isAnswered(question) {
        const value = this.value(question);
        return Array.isArray(value) ? value.length > 0 : value !== false && value !== "";
    }

    isChosen(question, option) {
        const value = this.value(question);
        return Array.isArray(value) ? value.includes(option) : value === option;
    }

    options(question) {
        if (question.kind === "boolean") {
            return [
                { id: "yes", name: _t("Yes") },
                { id: "no", name: _t("No") },
            ];
        }
        return question.options;
    }

    numberText(question) {
        const value = this.value(question);
        return this.isAnswered(question)
            ? formatFloat(value, { digits: [16, Number.isInteger(value) ? 0 : 2] })
            : "";
    }

    /** As many rows as a text needs, up to six. */
    rows(question) {
        const lines = (this.value(question) || "").split("\n");
        const count = lines.reduce((sum, line) => sum + Math.ceil((line.length || 1) / 45), 0);
        return Math.min(count, 6);
    }

    dateValue(question) {
        const value = this.value(question);
        return value ? deserializeDate(value) : false;
    }

    // ------------------------------------------------------------------
    // Answering
    // ------------------------------------------------------------------

    async answer(question, value) {
        delete this.state.invalid[question.id];
        await this.props.record.update({
            [this.props.name]: { ...this.entered, [question.id]: value },
        });
    }

    /** A second click on a choice takes it back. */
    choose(question, option) {
        const isChosen = this.isChosen(question, option);
        if (question.kind === "choices") {
            const value = this.value(question) || [];
            const others = value.filter((id) => id !== option);
            return this.answer(question, isChosen ? others : [...others, option]);
        }
        return this.answer(question, isChosen ? false : option);
    }

    enterText(question, ev) {
        return this.answer(question, ev.target.value.trim());
    }

    enterNumber(question, ev) {
        const text = ev.target.value.trim();
        if (!text) {
            return this.answer(question, false);
        }
        try {
            return this.answer(question, parseFloat(text));
        } catch {
            this.state.invalid[question.id] = true;
        }
    }

    enterDate(question, date) {
        return this.answer(question, date ? serializeDate(date) : false);
    }
}

export const qualificationSheet = {
    component: QualificationSheet,
    displayName: _t("Qualification"),
    supportedTypes: ["json"],
    fieldDependencies: [{ name: SHEET, type: "json" }],
};

registry.category("fields").add("crm_qualification_sheet", qualificationSheet);
