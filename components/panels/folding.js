// @ts-check
// On a phone the settings lie over the page: they are folded away when it is loaded again, whatever
// Streamlit would remember.
const REMEMBERED = "stSidebarCollapsed"; // and what follows, a page's own
const NARROW = window.matchMedia("(max-width: 768px)"); // where Streamlit lays them over the page

// Until what it returns is called.
export function foldOnPhones() {
  const forget = () => {
    if (!NARROW.matches) return;
    const names = Object.keys(localStorage).filter((name) => name.startsWith(REMEMBERED));
    names.forEach((name) => localStorage.removeItem(name));
  };
  document.addEventListener("visibilitychange", forget);
  return () => document.removeEventListener("visibilitychange", forget);
}
