/** The page without a network: opens what was asked for as soon as there is one again. */
window.addEventListener("online", () => window.location.reload());
