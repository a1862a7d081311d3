import { _t } from "@web/core/l10n/translation";
import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { registry } from "@web/core/registry";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

// colors of tags, see web/static/src/core/tags_list
const COLORS = 12;

/**
 * A selection whose options have colors, as those of custom fields do: a badge wherever it is
 * read, a list of badges where one is chosen. Options that were retired are offered no more, but
 * records that hold them still show them. Rules of the form may leave some of them out, too:
 * `limits` are pairs of a condition and the options that are left while it holds.
 */
export class CustomSelectionField extends SelectionField {
    static template = "crm_suite.CustomSelectionField";
    static props = {
        ...SelectionField.props,
        colors: { type: Object, optional: true },
        limits: { type: Array, optional: true },
        retired: { type: Array, optional: true },
    };
    static defaultProps = { ...SelectionField.defaultProps, colors: {}, limits: [], retired: [] };

    get options() {
        const value = this.props.record.data[this.props.name];
        const context = this.props.record.evalContextWithVirtualIds;
        const limits = this.props.limits
            .filter(([condition]) => evaluateBooleanExpr(condition, context))
            .map(([, allowed]) => allowed);
        const isOffered = (option) =>
            !this.props.retired.includes(option) &&
            limits.every((allowed) => allowed.includes(option));
        return super.options.filter(([option]) => option === value || isOffered(option));
    }

    getBadgeClass(value) {
        const color = this.props.colors[value];
        return `o_tag_color_${Number.isInteger(color) && color > 0 && color < COLORS ? color : 0}`;
    }
}

export const customSelectionField = {
    ...selectionField,
    component: CustomSelectionField,
    displayName: _t("Selection with Colors"),
    supportedTypes: ["selection"],
    extractProps(fieldInfo, dynamicInfo) {
        const { colors, limits, retired } = fieldInfo.options;
        const props = selectionField.extractProps(fieldInfo, dynamicInfo);
        // a card shows the value; who wants to change it opens the record
        return {
            ...props,
            ...(fieldInfo.viewType === "kanban" ? { readonly: true } : {}),
            colors: colors || {},
            limits: limits || [],
            retired: retired || [],
        };
    },
};

registry.category("fields").add("crm_custom_selection", customSelectionField);
