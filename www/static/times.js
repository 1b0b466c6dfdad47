// Times in the reader's own zone, with seconds in parts that have data-seconds. Without this file they stand in the server's, which they name.
"use strict";
function showTimes() {
  const language = document.documentElement.lang;
  const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
    time.title = time.textContent;
    time.textContent = (time.closest("[data-seconds]") ? exact : short).format(new Date(time.dateTime));
  }
}
showTimes();
document.addEventListener("certferry-parts", showTimes);
