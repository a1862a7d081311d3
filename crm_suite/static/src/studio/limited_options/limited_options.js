import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

/**
 * Leaves out the options that form rules forbid. What is chosen already stays readable.
 *
 * @param {Object} record of the relational model
 * @param {string} name of the selection field
 * @param {[string, string[]][]} limits condition, values that it leaves
 * @param {[string, string][]} options
 */
export function leaveOptions(record, name, limits, options) {
    const context = record.evalContextWithVirtualIds;
    const current = record.data[name];
    return (limits || [])
        .filter(([condition]) => evaluateBooleanExpr(condition, context))
        .reduce(
            (left, [, values]) =>
                left.filter(([value]) => value === current || values.includes(value)),
            options
        );
}

const limitsProp = { limits: { type: Array, optional: true } };

export class LimitedSelectionField extends SelectionField {
    static props = { ...SelectionField.props, ...limitsProp };

    get options() {
        return leaveOptions(this.props.record, this.props.name, this.props.limits, super.options);
    }
}

export class LimitedRadioField extends RadioField {
    static props = { ...RadioField.props, ...limitsProp };

    get items() {
        return leaveOptions(this.props.record, this.props.name, this.props.limits, super.items);
    }
}

function limit(field, component) {
    return {
        ...field,
        component,
        extractProps: (info, dynamicInfo) => ({
            ...field.extractProps(info, dynamicInfo),
            limits: info.options.limits,
        }),
    };
}

registry
    .category("fields")
    .add("crm_limited_selection", limit(selectionField, LimitedSelectionField))
    .add("crm_limited_radio", limit(radioField, LimitedRadioField));
