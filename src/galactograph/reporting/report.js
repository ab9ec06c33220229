/* Paper cannot unfold: open every fold while printing, and put it back after. */
addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not([open])").forEach((fold) => {
    fold.dataset.shut = "";
    fold.open = true;
  });
});
addEventListener("afterprint", () => {
  document.querySelectorAll("details[data-shut]").forEach((fold) => {
    delete fold.dataset.shut;
    fold.open = false;
  });
});
