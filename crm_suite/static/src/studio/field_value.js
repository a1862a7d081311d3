import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import {
    deserializeDate,
    deserializeDateTime,
    serializeDate,
    serializeDateTime,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { TagsList } from "@web/core/tags_list/tags_list";
import { useService } from "@web/core/utils/hooks";
import { parseFloat, parseInteger } from "@web/views/fields/parsers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const NUMBERS = ["float", "integer", "monetary"];
const MOMENTS = ["date", "datetime"];

/**
 * The value of a field that somebody chose before, with the right input for its kind. The value is
 * JSON; `value_spec` of the same record describes the field.
 */
export class FieldValue extends Component {
    static template = "crm_suite.FieldValue";
    static components = { AutoComplete, DateTimeInput, TagsList };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.names = {};
    }

    get spec() {
        return this.props.record.data.value_spec || {};
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get kind() {
        const { type } = this.spec;
        return NUMBERS.includes(type) ? "number" : MOMENTS.includes(type) ? "moment" : type;
    }

    get text() {
        return this.value === false || this.value === null ? "" : String(this.value);
    }

    get number() {
        return String(this.value || 0);
    }

    get moment() {
        if (typeof this.value !== "string") {
            return false;
        }
        const read = this.spec.type === "date" ? deserializeDate : deserializeDateTime;
        return read(this.value);
    }

    get ids() {
        return Array.isArray(this.value) ? this.value : this.value ? [this.value] : [];
    }

    get tags() {
        return this.ids.map((id) => ({
            id,
            text: this.getName(id),
            onDelete: () => this.onDelete(id),
        }));
    }

    get isOpenForMore() {
        return this.spec.type === "many2many" || !this.ids.length;
    }

    get sources() {
        return [{ options: (text) => this.search(text), placeholder: _t("Loading...") }];
    }

    getName(id) {
        return this.names[id] || (this.spec.names || {})[id] || _t("Unavailable");
    }

    async search(text) {
        const field = this.props.record.data.field_id;
        const found = await this.orm.call(this.props.record.resModel, "search_records", [
            field.id,
            text,
            this.ids,
        ]);
        if (!found.length) {
            return [{ label: _t("No records") }];
        }
        return found.map(([id, label]) => ({ label, onSelect: () => this.onChoose(id, label) }));
    }

    update(value) {
        return this.props.record.update({ [this.props.name]: value });
    }

    onChoose(id, label) {
        this.names[id] = label;
        return this.update(this.spec.type === "many2many" ? [...this.ids, id] : id);
    }

    onDelete(id) {
        const left = this.ids.filter((each) => each !== id);
        return this.update(left.length ? left : false);
    }

    onNumber(ev) {
        const parse = this.spec.type === "integer" ? parseInteger : parseFloat;
        try {
            const number = parse(ev.target.value || "0");
            ev.target.classList.remove("o_field_invalid");
            this.update(number);
        } catch {
            ev.target.classList.add("o_field_invalid");
        }
    }

    onMoment(moment) {
        const write = this.spec.type === "date" ? serializeDate : serializeDateTime;
        this.update(moment ? write(moment) : false);
    }
}

export const fieldValue = {
    component: FieldValue,
    displayName: _t("Value of a Field"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "value_spec", type: "json" },
        { name: "field_id", type: "many2one", relation: "ir.model.fields" },
    ],
};

registry.category("fields").add("crm_field_value", fieldValue);
