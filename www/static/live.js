// Parts of a page that show news by themselves: <div id="links" data-live="3"> is fetched anew every three seconds
// while somebody looks at the page. The rest of the page, and what is being typed, stays as it is. Without this file the
// page is reloaded by hand.
"use strict";
const parts = [...document.querySelectorAll("[data-live][id]")];
const seconds = Math.min(...parts.map((part) => Number(part.dataset.live)));
// As the server wrote it: what a script changed in the page since (times) is no news.
const written = new Map(parts.map((part) => [part.id, null]));

async function refresh() {
  const answer = await fetch(location.href, { headers: { "Certferry-Live": "1" }, cache: "no-store" });
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of written.keys()) {
    const part = document.getElementById(id);
    const news = page.getElementById(id);
    if (!part || !news || part.contains(document.activeElement) || news.innerHTML === written.get(id)) continue;
    written.set(id, news.innerHTML);
    part.replaceChildren(...news.childNodes);
  }
  document.dispatchEvent(new Event("certferry-parts"));
}

async function watch() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    if (!document.hidden) await refresh().catch(() => {});
  }
}
if (parts.length > 0) watch();
