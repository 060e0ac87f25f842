/** The page without a network: opens what was asked for as soon as there is one again. */
const again = () => window.location.reload();
window.addEventListener("online", again);
if (window.location.pathname !== "/offline") setInterval(() => navigator.onLine && again(), 5000);
