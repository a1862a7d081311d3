import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { DomainSelectorDialog } from "@web/core/domain_selector_dialog/domain_selector_dialog";
import { getDomainDisplayedOperators } from "@web/core/domain_selector/domain_selector_operator_editor";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { getOperatorEditorInfo } from "@web/core/tree_editor/tree_editor_operator_editor";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

// What a form can evaluate: see lib/domain_compiler.py
const TYPES = [
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "integer",
    "many2many",
    "many2one",
    "monetary",
    "one2many",
    "selection",
    "text",
];
const TEXT_OPERATORS = ["ilike", "not ilike", "starts with", "ends with"];
// Where people look first
const FIRST_FIELDS = ["stage_id", "state", "type", "partner_id", "name"];

function isUsable(fieldDef) {
    return TYPES.includes(fieldDef.type) && fieldDef.store && !fieldDef.groups;
}

function getOperators(fieldDef) {
    return getDomainDisplayedOperators(fieldDef).filter(
        (operator) => !TEXT_OPERATORS.includes(operator)
    );
}

/** The domain editor with the fields and operators that a form can evaluate, and no others. */
export class ConditionSelector extends DomainSelector {
    getDefaultCondition(fieldDefs) {
        const usable = Object.entries(fieldDefs).filter(([, fieldDef]) => isUsable(fieldDef));
        const first = FIRST_FIELDS.filter((name) => usable.some(([each]) => each === name));
        const names = [...first, ...usable.map(([name]) => name)].slice(0, 1);
        return super.getDefaultCondition(
            Object.fromEntries(names.map((name) => [name, fieldDefs[name]]))
        );
    }

    getDefaultOperator(fieldDef) {
        return getOperators(fieldDef)[0];
    }

    getOperatorEditorInfo(fieldDef) {
        return getOperatorEditorInfo(getOperators(fieldDef), fieldDef);
    }

    getPathEditorInfo(resModel, defaultCondition) {
        const info = super.getPathEditorInfo(resModel, defaultCondition);
        return {
            ...info,
            extractProps: (params) => ({
                ...info.extractProps(params),
                filter: isUsable,
                followRelations: false,
            }),
        };
    }

    getShowArchivedCheckBox() {
        return false;
    }
}

/** The same in a dialog. */
export class ConditionDialog extends DomainSelectorDialog {
    static components = { ...DomainSelectorDialog.components, DomainSelector: ConditionSelector };
}

/** A condition of a form: shown without a count, as it is decided record by record. */
export class ConditionField extends DomainField {
    static template = "crm_suite.ConditionField";
    static components = { ConditionSelector };

    async checkProps() {
        this.updateState({ isValid: true });
    }
}

registry.category("fields").add("crm_condition", {
    ...domainField,
    component: ConditionField,
    displayName: _t("Condition of a Form"),
});
