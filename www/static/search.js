// Search while typing: <form data-search="results"> fetches its own page and takes the part with that id out of it. Without
// this file the form's button does the same.
"use strict";
for (const form of document.querySelectorAll("form[data-search]")) {
  const part = document.getElementById(form.dataset.search);
  let running = null;
  let timer = 0;

  async function search() {
    running?.abort();
    running = new AbortController();
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value !== "") address.searchParams.set(name, value);
    part.setAttribute("aria-busy", "true");
    const answer = await fetch(address, { signal: running.signal, cache: "no-store" });
    if (answer.redirected) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const news = page.getElementById(part.id);
    if (!news) return;
    part.replaceChildren(...news.childNodes);
    part.setAttribute("aria-busy", "false");
    history.replaceState(null, "", address);
    document.dispatchEvent(new Event("certferry-parts"));
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(() => search().catch(() => {}), 150);
  }
  form.addEventListener("input", soon);
}
