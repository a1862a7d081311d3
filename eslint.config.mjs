import js from "@eslint/js";
import globals from "globals";

export default [
    { ignores: [".odoo/", ".venv*/", "node_modules/", "**/static/lib/**"] },
    js.configs.recommended,
    {
        files: ["crm_suite*/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: { ...globals.browser, odoo: "readonly", luxon: "readonly", owl: "readonly" },
        },
        rules: {
            "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            "prefer-const": "error",
            eqeqeq: ["error", "always"],
            "no-var": "error",
            "no-restricted-globals": ["error", "event"],
            "no-console": ["error", { allow: ["warn", "error"] }],
        },
    },
    { files: ["*.cjs"], languageOptions: { globals: globals.node } },
];
