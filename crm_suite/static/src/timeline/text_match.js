/**
 * Finds the words that somebody looks for in a text, however they are spelt. The spelling is that of
 * `lib/arabic.py`, by which the server searches: what it finds is what is marked here.
 */

const SAME = new Map(
    Object.entries({
        "\u0671": "\u0627", // alef wasla
        "\u0629": "\u0647", // ta marbuta, and the heh of Persian, Urdu and Kurdish
        "\u06be": "\u0647",
        "\u06c1": "\u0647",
        "\u06c3": "\u0647",
        "\u06d5": "\u0647",
        "\u0649": "\u064a", // alef maqsura, and the yeh of Persian and Urdu
        "\u06cc": "\u064a",
        "\u06d2": "\u064a",
        "\u06a9": "\u0643", // the kaf of Persian, and the swash kaf
        "\u06aa": "\u0643",
        "\u0621": "", // a hamza of its own is written or not
        "\u0674": "",
        "\u0640": "", // tatweel
        "\u060c": ",",
        "\u061b": ";",
        "\u061f": "?",
        "\u066a": "%",
        "\u066b": ".",
        "\u066c": ",",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        ı: "i",
        ł: "l",
        ø: "o",
        đ: "d",
        ð: "d",
        æ: "ae",
        œ: "oe",
        ß: "ss",
    })
);
// A shorter word must begin a word of the text
const SHORT = 3;
const folded = new Map();

function foldCharacter(character) {
    if (/[\p{Zs}\p{Zl}\p{Zp}\p{Cc}]/u.test(character)) {
        return " ";
    }
    if (/[\p{Cf}\p{Cs}]/u.test(character)) {
        return "";
    }
    let text = "";
    for (const part of character.normalize("NFKD").toLowerCase().normalize("NFKD")) {
        if (/\p{M}/u.test(part)) {
            continue;
        }
        const code = part.codePointAt(0);
        if (code >= 0x660 && code <= 0x669) {
            text += code - 0x660;
        } else if (code >= 0x6f0 && code <= 0x6f9) {
            text += code - 0x6f0;
        } else {
            text += SAME.get(part) ?? part;
        }
    }
    return text;
}

function fold(character) {
    if (!folded.has(character)) {
        folded.set(character, foldCharacter(character));
    }
    return folded.get(character);
}

/** The spelling in which texts are compared. */
export function normalize(text) {
    return [...(text || "")].map(fold).join("").trim().replace(/\s+/g, " ");
}

/** The words and "quoted phrases" of what was typed, normalized. */
export function getSearchWords(typed) {
    const words = [];
    const rest = normalize(typed).replace(/"([^"]+)"/g, (_match, phrase) => {
        words.push(phrase.trim());
        return " ";
    });
    return [...new Set([...words, ...rest.split(/[\s",;]+/)])].filter(Boolean);
}

/**
 * Cut a text where words of a search begin and end.
 *
 * @param {string} text
 * @param {string[]} words of `getSearchWords`
 * @returns {{ text: string, isMatch: boolean }[]} together the whole text
 */
export function splitMatches(text, words) {
    const characters = [...(text || "")];
    if (!words.length || !characters.length) {
        return characters.length ? [{ text, isMatch: false }] : [];
    }
    const origins = [];
    let spelling = "";
    characters.forEach((character, index) => {
        const part = fold(character);
        spelling += part;
        for (let i = 0; i < part.length; i++) {
            origins.push(index);
        }
    });
    const isMatch = new Array(characters.length).fill(false);
    for (const word of words) {
        for (let at = spelling.indexOf(word); at >= 0; at = spelling.indexOf(word, at + 1)) {
            if (word.length < SHORT && /[\p{L}\p{N}]/u.test(spelling[at - 1] || " ")) {
                continue;
            }
            const end = at + word.length;
            // what follows without a spelling of its own (vowel signs) belongs to the match
            const stop = end < origins.length ? origins[end] : characters.length;
            isMatch.fill(true, origins[at], stop);
        }
    }
    const parts = [];
    characters.forEach((character, index) => {
        if (parts.at(-1)?.isMatch === isMatch[index]) {
            parts.at(-1).text += character;
        } else {
            parts.push({ text: character, isMatch: isMatch[index] });
        }
    });
    return parts;
}
