
"use strict";
const cases = [...document.querySelectorAll(".case")];
const words = [...document.querySelectorAll("[data-word][type=checkbox]")];
const choices = [...document.querySelectorAll("select[data-filter]")];
const find = document.getElementById("find");
const show = () => {
  const on = new Set(words.filter((box) => box.checked).map((box) => box.dataset.word));
  const text = find.value.toLowerCase();
  for (const one of cases) {
    const chosen = choices.every((choice) => !choice.value || one.dataset[choice.dataset.filter] === choice.value);
    one.hidden = !(chosen && on.has(one.dataset.word) && one.textContent.toLowerCase().includes(text));
  }
};
for (const control of [find, ...words, ...choices]) control.addEventListener("input", show);
const open = () => {
  const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (one) { one.hidden = false; one.open = true; one.scrollIntoView(); }
};
addEventListener("hashchange", open);
open();
