/** Work list: tells how many rows are chosen, chooses all of a page, and a range with Shift. */

export function startBulk() {
  document.querySelectorAll("form[data-bulk]").forEach((form) => {
    let last = null;
    form.addEventListener("click", (event) => {
      const box = event.target.closest('input[type="checkbox"]');
      if (!box) return;
      if (box.matches("[data-check-all]")) boxes(form).forEach((other) => (other.checked = box.checked));
      else {
        if (event.shiftKey && last) range(form, last, box);
        last = box;
      }
      count(form);
    });
    form.addEventListener("change", () => count(form)); // also when a task is gone
    count(form);
  });
}

function boxes(form) {
  return Array.from(form.querySelectorAll('tr[data-row]:not(.is-gone) input[type="checkbox"]'));
}

function range(form, one, other) {
  const all = boxes(form);
  const ends = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  all.slice(ends[0], ends[1] + 1).forEach((box) => (box.checked = other.checked));
}

function count(form) {
  const chosen = boxes(form).filter((box) => box.checked).length;
  const place = form.querySelector("[data-chosen]");
  if (place) place.textContent = chosen ? `已选 ${chosen} 件` : place.dataset.none || "";
  form.querySelectorAll("[data-needs-chosen]").forEach((button) => (button.disabled = chosen === 0));
}
