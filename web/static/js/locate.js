/** Fills a position into a field when a person clicks; one stamp, no tracking. Without this file it is typed or left out. */
export function startLocate() {
  document.querySelectorAll('[data-field="location"] input').forEach((input) => {
    if (!navigator.geolocation) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-outline-primary";
    button.textContent = "取当前位置";
    const note = document.createElement("span");
    note.className = "muted small";
    note.setAttribute("role", "status");
    button.addEventListener("click", () => {
      note.textContent = "正在取位置…";
      navigator.geolocation.getCurrentPosition(
        (found) => {
          const { latitude, longitude } = found.coords;
          input.value = `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
          note.textContent = "已填入";
          input.dispatchEvent(new Event("change", { bubbles: true }));
        },
        () => { note.textContent = "取不到位置，可以不填"; },
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 0 },
      );
    });
    const row = document.createElement("div");
    row.className = "acts";
    row.append(button, note);
    input.after(row);
  });
}
