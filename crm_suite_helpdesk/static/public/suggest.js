/* Articles that may answer what somebody is writing, under the field in which he writes it.
   A plain script: the public form has nothing else of Odoo in its page. */
(() => {
    const PAUSE = 400;
    const SHORTEST = 3;

    function watch(box) {
        const input = document.querySelector(box.dataset.watch);
        const list = box.querySelector("ul");
        if (!input || !list) {
            return;
        }
        let timer = null;
        let asked = "";
        const show = (articles) => {
            list.replaceChildren(
                ...articles.map((article) => {
                    const item = document.createElement("li");
                    const link = document.createElement("a");
                    link.href = article.url;
                    link.target = "_blank";
                    link.rel = "noopener";
                    link.dir = "auto";
                    link.textContent = article.name;
                    const teaser = document.createElement("div");
                    teaser.className = "teaser small text-muted";
                    teaser.dir = "auto";
                    teaser.textContent = article.teaser;
                    item.append(link, teaser);
                    return item;
                })
            );
            box.hidden = !articles.length;
        };
        const ask = async () => {
            const typed = input.value.trim();
            if (typed === asked) {
                return;
            }
            asked = typed;
            if (typed.length < SHORTEST) {
                show([]);
                return;
            }
            const query = new URLSearchParams({ q: typed });
            for (const name of ["form", "lang"]) {
                if (box.dataset[name]) {
                    query.set(name, box.dataset[name]);
                }
            }
            try {
                const response = await fetch(`/help/suggest?${query}`);
                const articles = response.ok ? await response.json() : [];
                // an answer that was overtaken by another question is dropped
                if (asked === typed) {
                    show(articles);
                }
            } catch {
                // nothing is lost: these are hints
                show([]);
            }
        };
        input.addEventListener("input", () => {
            clearTimeout(timer);
            timer = setTimeout(ask, PAUSE);
        });
        input.addEventListener("change", ask);
        ask();
    }

    document.querySelectorAll(".o_help_suggestions").forEach(watch);
})();
