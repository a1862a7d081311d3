/* Page visits of your own site, told to CRM Suite only. Before a visitor agrees: no cookie, nothing
   stored, nothing that names him. He agrees by crmSuite.consent(true), or by your banner:
   data-consent-cookie="name=value", data-consent-global="path.to.flag". GPC and DNT are respected. */
(() => {
    const config = {};
    const script = document.currentScript;
    const page = new URL(location.href);
    // the mark of a link in a mail: read once, and out of the address that people share
    let token = page.searchParams.get("cst");
    if (token) {
        page.searchParams.delete("cst");
        history.replaceState(history.state, "", page);
    }
    const isRefused = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    if (!script || isRefused) {
        window.crmSuite = { consent() {}, visit() {}, form() {} };
        return;
    }
    const random = (size) =>
        Array.from(crypto.getRandomValues(new Uint8Array(size)), (byte) =>
            byte.toString(16).padStart(2, "0")
        ).join("");
    const here = new URL(script.src);
    const send = (data) =>
        fetch(new URL("/crm_suite/track", here), {
            method: "POST",
            body: JSON.stringify({ site: here.searchParams.get("site"), ...data }),
            headers: { "Content-Type": "text/plain" },
            credentials: "omit",
            keepalive: true,
        }).catch(() => {});
    const keep = (value, age) => {
        const safe = location.protocol === "https:" ? "; Secure" : "";
        document.cookie = `crm_suite_visitor=${value}; Max-Age=${age}; Path=/; SameSite=Lax${safe}`;
    };
    let [, known] = document.cookie.match(/(?:^|; )crm_suite_visitor=([0-9a-f]{32})/) || [];
    let visitor, timer;
    let queue = [];
    const flush = () => {
        timer = clearTimeout(timer);
        while (visitor && queue.length) {
            send({ visitor, token, events: queue.splice(0, 8) });
            token = undefined;
        }
    };
    const note = (kind, form) => {
        const url = new URL(location.href);
        for (const name of [...url.searchParams.keys()]) {
            if (!name.startsWith("utm_")) {
                url.searchParams.delete(name);
            }
        }
        queue.push({
            id: random(8),
            kind,
            form,
            at: Date.now(),
            url: (url.origin + url.pathname + url.search).slice(0, 500),
            title: document.title.slice(0, 200),
            referrer: document.referrer && new URL(document.referrer).hostname,
        });
        timer ??= setTimeout(flush, 1000);
    };
    const tellFrames = () => {
        for (const frame of document.querySelectorAll("iframe[data-crm-suite-form][src]")) {
            const url = new URL(frame.src);
            if (visitor && !url.searchParams.has("v")) {
                url.searchParams.set("v", visitor);
                url.searchParams.set("u", location.origin + location.pathname);
                frame.src = url;
            }
        }
    };
    const consent = (isGiven) => {
        if (isGiven && !visitor) {
            visitor = known || random(16);
            keep(visitor, 31536000);
            note("visit");
            tellFrames();
        } else if (!isGiven && (visitor || known)) {
            send({ visitor: visitor || known, forget: 1 });
            keep("", 0);
            visitor = known = null;
            queue = [];
        }
    };
    const tell = (kind, form) => visitor && note(kind, form);
    window.crmSuite = { consent, visit: () => tell("visit"), form: (name) => tell("form", name) };

    const { consentCookie, consentGlobal } = script.dataset;
    let told;
    const ask = () => {
        const flag = consentGlobal?.split(".").reduce((from, name) => from?.[name], window);
        const isGiven = flag === true || document.cookie.split("; ").includes(consentCookie);
        if (isGiven !== told) {
            consent((told = isGiven));
        }
    };
    if (consentCookie || consentGlobal) {
        ask();
        document.addEventListener("click", () => setTimeout(ask, 500));
    } else if (known) {
        consent(true);
    }
    if (!visitor && config.count) {
        send({ count: 1 });
    }
    document.addEventListener("DOMContentLoaded", tellFrames);
    document.addEventListener("submit", ({ target }) => {
        if (target.matches("[data-crm-suite-form]")) {
            tell("form", target.dataset.crmSuiteForm);
            flush();
        }
    });
    document.addEventListener("visibilitychange", flush);
})();
