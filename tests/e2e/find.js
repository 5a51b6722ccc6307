// Finds what a person would call `role` `name` among what can be seen. Arguments: role, name.
// Role and name follow the platform's rules as far as Vodlift's page uses them.
const [role, wanted] = arguments;
const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();
const implicit = {
  A: (e) => (e.hasAttribute("href") ? "link" : ""),
  ASIDE: () => "complementary",
  BUTTON: () => "button",
  DIALOG: () => "dialog",
  H1: () => "heading",
  H2: () => "heading",
  H3: () => "heading",
  IMG: () => "img",
  LI: () => "listitem",
  MAIN: () => "main",
  NAV: () => "navigation",
  OPTION: () => "option",
  PROGRESS: () => "progressbar",
  SEARCH: () => "search",
  SECTION: (e) => (e.hasAttribute("aria-label") || e.hasAttribute("aria-labelledby") ? "region" : ""),
  SELECT: () => "combobox",
  TEXTAREA: () => "textbox",
  INPUT: (e) =>
    ({ checkbox: "checkbox", radio: "radio", range: "slider", search: "searchbox", button: "button",
       submit: "button", number: "spinbutton", hidden: "" })[e.type] ?? "textbox",
};
const roleOf = (e) => e.getAttribute("role") || (implicit[e.tagName] || (() => ""))(e);
const words = (e) => {
  if (e.nodeType === Node.TEXT_NODE) return e.textContent;
  if (e.nodeType !== Node.ELEMENT_NODE || e.getAttribute("aria-hidden") === "true") return "";
  if (e.getAttribute("aria-label")) return e.getAttribute("aria-label");
  return [...e.childNodes].map(words).join(" ");
};
const nameOf = (e) => {
  const by = e.getAttribute("aria-labelledby");
  if (by) return squeeze(by.split(/\s+/).map((id) => words(document.getElementById(id) || document.createElement("i"))).join(" "));
  if (e.getAttribute("aria-label")) return squeeze(e.getAttribute("aria-label"));
  if (e.labels && e.labels.length) return squeeze([...e.labels].map(words).join(" "));
  if (e.getAttribute("alt")) return squeeze(e.getAttribute("alt"));
  return squeeze(words(e)) || squeeze(e.getAttribute("title"));
};
const seen = (e) => {
  const box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && !e.closest("[inert]");
};
for (const e of document.querySelectorAll("*")) {
  if (roleOf(e) !== role) continue;
  const name = nameOf(e);
  if (name === wanted && seen(e)) return e;
}
return null;
