/**
 * Hours and minutes that run while the page is open: <time data-countdown datetime="2026-11-23T09:00:00Z">.
 * Only for the last 24 hours; working days are counted by the server alone, never here.
 */

const DAY = 24 * 3600 * 1000;

export function startCountdowns() {
  refresh();
  window.setInterval(() => document.visibilityState === "visible" && refresh(), 30000);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("htmx:afterSwap", refresh);
}

function refresh() {
  document.querySelectorAll("time[data-countdown]").forEach((place) => {
    const left = Date.parse(place.dateTime) - Date.now();
    if (Number.isNaN(left) || left > DAY) return;
    place.textContent = left > 0 ? `还剩 ${spoken(left)}` : "已到期，请刷新";
    place.classList.toggle("due-late", left <= 0);
    place.classList.toggle("due-soon", left > 0);
  });
}

function spoken(left) {
  const minutes = Math.ceil(left / 60000);
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} 小时 ${minutes % 60} 分` : `${minutes} 分钟`;
}
