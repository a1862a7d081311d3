import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Select } from "@web/core/tree_editor/tree_editor_components";
import { getValueEditorInfo } from "@web/core/tree_editor/tree_editor_value_editors";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const NUMBERS = ["float", "integer", "monetary"];

/**
 * The value, or the list of values, of the field that a form rule is about, kept as JSON; entered
 * with the editors of the domain editor. `model_name` and `target_name` of the same record name
 * the field.
 */
export class RuleValueField extends Component {
    static template = "crm_suite.RuleValueField";
    static props = { ...standardFieldProps, isList: { type: Boolean, optional: true } };

    setup() {
        this.fieldService = useService("field");
        this.state = useState({ fieldDef: null });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((props) => this.load(props));
    }

    async load({ record }) {
        const { model_name: model, target_name: name } = record.data;
        const key = `${model}.${name}`;
        if (this.key === key) {
            return;
        }
        this.key = key;
        const fieldDefs = model && name ? await this.fieldService.loadFields(model) : {};
        this.state.fieldDef = fieldDefs[name] || null;
    }

    get value() {
        const value = this.props.record.data[this.props.name];
        if (this.hasList) {
            return Array.isArray(value) ? value : [];
        }
        const { type } = this.state.fieldDef;
        if (NUMBERS.includes(type)) {
            return value || 0;
        }
        return value || (["char", "html", "text"].includes(type) ? "" : false);
    }

    get hasList() {
        return this.props.isList || this.state.fieldDef.type === "many2many";
    }

    get editor() {
        const props = {
            value: this.value,
            update: (value) => this.props.record.update({ [this.props.name]: value }),
        };
        if (this.state.fieldDef.type === "boolean") {
            const options = [
                [true, _t("Checked")],
                [false, _t("Not checked")],
            ];
            return { component: Select, props: { ...props, options } };
        }
        const operator = this.hasList ? "in" : "=";
        const addBlankOption = this.value === false;
        const info = getValueEditorInfo(this.state.fieldDef, operator, { addBlankOption });
        return { component: info.component, props: info.extractProps(props) };
    }
}

registry.category("fields").add("crm_rule_value", {
    component: RuleValueField,
    displayName: _t("Value of a Form Rule"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "model_name", type: "char" },
        { name: "target_name", type: "char" },
    ],
    extractProps: ({ options }) => ({ isList: Boolean(options.list) }),
});
