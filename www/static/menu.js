// On a phone the menu is one row that scrolls sideways: the section that is shown comes into sight. Without this file the
// row starts at its left end, and its shaded edge says that there is more.
"use strict";
const current = document.querySelector(".menu [aria-current]");
if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
