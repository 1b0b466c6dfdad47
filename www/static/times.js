// Times in the reader's own zone. Without this file they stand in the server's, which they name.
"use strict";
function showTimes() {
  const form = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
    time.title = time.textContent;
    time.textContent = form.format(new Date(time.dateTime));
  }
}
showTimes();
document.addEventListener("certferry-parts", showTimes);
