/** Filters: typing into [data-narrow] leaves those choices of its menu in which the words occur; Enter takes the first. */
export function startNarrow() {
  document.querySelectorAll("input[data-narrow]").forEach((field) => {
    field.hidden = false;
    const choices = () => Array.from(field.closest("form").querySelectorAll("button"));
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      choices().forEach((choice) => (choice.hidden = !choice.textContent.toLowerCase().includes(wanted)));
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const first = choices().find((choice) => !choice.hidden);
      if (first) first.click();
    });
  });
}
