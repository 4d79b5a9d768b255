// Sets the colours before anything is painted: those chosen on this page, else the system's.
try {
  const chosen = localStorage.getItem("sirocco.theme");
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
} catch {
  // A browser that keeps nothing for this page follows the system.
}
