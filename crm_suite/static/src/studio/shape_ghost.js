import { registry } from "@web/core/registry";
import { createElement } from "@web/core/utils/xml";
import { Record } from "@web/model/record";
import { Field } from "@web/views/fields/field";

import { Component, useState } from "@odoo/owl";

const MODEL = "crm.shape.ghost";
const CURRENCY = "x_currency_id";
// the type of what a kind becomes; the others are called as their kind
const TYPES = { image: "binary" };

/** What a form knows of a field that is not there yet. */
export function makeGhostFields(ghost, shape) {
    const { kind } = ghost;
    const comodel = shape.shape.comodels.find(({ id }) => id === ghost.comodel_id);
    const field = {
        name: "ghost",
        type: TYPES[kind] || kind,
        string: shape.label(ghost),
        help: shape.text(ghost.help),
        required: ghost.required !== "never",
        searchable: true,
        sortable: true,
        store: true,
    };
    const fields = { ghost: field };
    if (kind === "selection") {
        field.selection = ghost.options
            .map(({ labels }, index) => [`o${index}`, shape.text(labels)])
            .filter(([, label]) => label);
    } else if (kind === "many2one" || kind === "many2many") {
        field.relation = comodel?.model || "res.partner";
    } else if (kind === "monetary") {
        field.currency_field = CURRENCY;
        fields[CURRENCY] = {
            name: CURRENCY,
            type: "many2one",
            string: "",
            relation: "res.currency",
        };
    }
    return fields;
}

/** A value that shows what the field is like; a new record would have none. */
export function makeGhostValues(ghost, fields, shape) {
    const values = { ghost: false };
    if (ghost.kind === "selection") {
        values.ghost = fields.ghost.selection[0]?.[0] || false;
    } else if (ghost.kind === "many2many") {
        values.ghost = [];
    } else if (["integer", "float", "monetary"].includes(ghost.kind)) {
        values.ghost = 0;
    }
    if (CURRENCY in fields) {
        const [id, display_name] = shape.shape.currency;
        values[CURRENCY] = { id, display_name };
    }
    return values;
}

/** How a selection whose options have colors is drawn, as the server says it of a real field. */
export function getGhostColors(ghost) {
    const colors = ghost.options
        .map(({ color, labels }, index) => [
            `o${index}`,
            color,
            Object.values(labels).some(Boolean),
        ])
        .filter(([, color, isNamed]) => color && isNamed)
        .map(([value, color]) => [value, color]);
    return ghost.kind === "selection" && colors.length ? Object.fromEntries(colors) : null;
}

/** The field of a draft as it will look in the form, drawn by the real widget. */
export class ShapeGhost extends Component {
    static template = "crm_suite.ShapeGhost";
    static components = { Record, Field };
    static props = { record: Object, key: String, "*": true };

    setup() {
        this.shape = useState(this.env.crmShape);
    }

    get ghost() {
        return this.shape.getGhost(this.props.key);
    }

    get movedField() {
        return this.shape.isActive ? this.shape.getField(this.props.key) : null;
    }

    get look() {
        const { ghost, shape } = this;
        const fields = makeGhostFields(ghost, shape);
        const node = createElement("field", { name: "ghost" });
        // until the form is drawn again, the widget is that of the former kind
        const isDrawn = this.props.kind === ghost.kind;
        const colors = getGhostColors(ghost);
        const widget = colors ? "crm_custom_selection" : isDrawn && this.props.look;
        const options = colors ? JSON.stringify({ colors }) : isDrawn && this.props.options;
        if (widget) {
            node.setAttribute("widget", widget);
        }
        if (options) {
            node.setAttribute("options", options);
        }
        const fieldInfo = Field.parseFieldNode(node, { [MODEL]: { fields } }, MODEL, "form");
        const activeFields = { ghost: fieldInfo };
        if (CURRENCY in fields) {
            activeFields[CURRENCY] = {};
        }
        if (ghost.kind === "many2many") {
            const related = fieldInfo.relatedFields || { display_name: { type: "char" } };
            activeFields.ghost = {
                ...fieldInfo,
                related: {
                    fields: related,
                    activeFields: Object.fromEntries(Object.keys(related).map((key) => [key, {}])),
                },
            };
        }
        return {
            key: JSON.stringify([ghost.kind, ghost.required, fields, colors]),
            fields,
            activeFields,
            fieldInfo,
            type: widget || undefined,
            values: makeGhostValues(ghost, fields, shape),
        };
    }

    get resModel() {
        return MODEL;
    }
}

/** The label of such a field, in the cell where labels are. */
export class ShapeGhostLabel extends Component {
    static template = "crm_suite.ShapeGhostLabel";
    static props = { record: Object, key: String, "*": true };

    setup() {
        this.shape = useState(this.env.crmShape);
    }

    get ghost() {
        return this.shape.getGhost(this.props.key);
    }
}

// widgets get their options read; those of a field are given on as they are written
const extractProps = ({ attrs }) => ({
    key: attrs.key,
    kind: attrs.kind,
    look: attrs.look,
    options: attrs.look_options,
});

registry.category("view_widgets").add("crm_shape_ghost", { component: ShapeGhost, extractProps });
registry
    .category("view_widgets")
    .add("crm_shape_ghost_label", { component: ShapeGhostLabel, extractProps });
