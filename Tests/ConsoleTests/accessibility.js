// What a machine can tell of WCAG 2.2 AA, in the manner of axe: evaluated in a page, it returns what is wrong as {rule, what} objects.
(() => {
  const problems = [];
  const seen = new Set();
  const report = (rule, element, detail = "") => {
    const markup = element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
    const what = [detail, markup].filter(Boolean).join(": ");
    if (seen.has(rule + what)) return;
    seen.add(rule + what);
    problems.push({ rule, what });
  };
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
  const isHidden = (element) => element.closest("[aria-hidden=true]") !== null;
  const isDisabled = (element) => element.closest(":disabled, [aria-disabled=true]") !== null;

  // --- names --------------------------------------------------------------------------------------------------------

  const CONTROLS = "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], [role=tab], [role=checkbox], [role=switch], "
    + "[role=combobox], [role=searchbox], [role=option], [role=treeitem], [role=menuitem], [role=slider]";
  const FIELDS = "input:not([type=hidden]):not([type=submit]):not([type=button]), select, textarea";
  const NAMED = "[role=img], [role=dialog], dialog[open], [role=listbox], [role=tree], [role=group][aria-label], [role=log], table";

  /** The text inside an element that a screen reader would read. */
  function content(element) {
    let text = "";
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) text += node.data;
      else if (node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") !== "true") {
        text += node.getAttribute("aria-label") ?? (node.tagName === "IMG" ? node.alt : content(node));
      }
    }
    return text.trim();
  }

  function nameOf(element) {
    const labelledBy = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    const labels = labelledBy.map((id) => document.getElementById(id)).filter(Boolean).map(content).join(" ");
    const own = labels || element.getAttribute("aria-label") || [...(element.labels ?? [])].map(content).join(" ");
    if (own?.trim()) return own.trim();
    if (element.matches(FIELDS)) return element.title.trim();
    return content(element) || element.getAttribute("alt") || element.querySelector?.(":scope > title")?.textContent || element.getAttribute("title") || "";
  }

  for (const element of all(CONTROLS).filter((one) => isShown(one) && !isHidden(one))) {
    if (!nameOf(element)) report(element.matches(FIELDS) ? "label" : "name", element);
  }
  for (const element of all(NAMED).filter((one) => isShown(one) && !isHidden(one))) {
    if (!(element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.querySelector("caption, title"))) report("name", element);
  }
  for (const image of all("img").filter(isShown)) if (!image.hasAttribute("alt")) report("image-alt", image);
  for (const image of all("svg, canvas").filter((one) => isShown(one) && !isHidden(one) && !one.parentElement.closest("svg"))) {
    const isTold = image.closest("[role=img], [role=group], button, a, figure")?.matches("[aria-label], [aria-labelledby], button, a") || nameOf(image);
    if (!isTold) report("image-alt", image);
  }

  // --- structure ----------------------------------------------------------------------------------------------------

  const ids = new Map();
  for (const element of all("[id]")) ids.set(element.id, (ids.get(element.id) ?? 0) + 1);
  for (const [id, count] of ids) if (count > 1) report("duplicate-id", document.getElementById(id), `${count} times`);

  const headings = all("h1, h2, h3, h4, h5, h6").filter((one) => isShown(one) && !isHidden(one));
  let level = 0;
  for (const heading of headings) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) report("heading-order", heading, `h${next} after h${level}`);
    if (!content(heading)) report("empty-heading", heading);
    level = next;
  }
  if (headings.filter(({ tagName }) => tagName === "H1").length !== 1) report("one-h1", document.body.querySelector("main") ?? document.body);
  if (all("main, [role=main]").filter(isShown).length !== 1) report("one-main", document.body);
  const landmarks = new Map();
  for (const landmark of all("nav, [role=search], [role=navigation]").filter(isShown)) {
    const key = `${landmark.getAttribute("role") ?? landmark.tagName} ${nameOf(landmark)}`;
    if (landmarks.has(key)) report("landmark-unique", landmark);
    landmarks.set(key, landmark);
  }
  if (!document.documentElement.lang) report("html-lang", document.documentElement);
  if (!document.title.trim()) report("document-title", document.head);
  if (/user-scalable\s*=\s*no|maximum-scale/.test(document.querySelector("meta[name=viewport]")?.content ?? "")) report("meta-viewport", document.head);
  for (const list of all("ul, ol")) {
    for (const child of list.children) if (!["LI", "SCRIPT", "TEMPLATE"].includes(child.tagName)) report("list", child, "not a list item");
  }
  for (const list of all("dl")) {
    for (const child of list.children) if (!["DT", "DD", "DIV"].includes(child.tagName)) report("definition-list", child);
  }
  for (const item of all("li")) if (!item.closest("ul, ol, menu, [role=list]")) report("listitem", item);
  for (const cell of all("th").filter(isShown)) if (!content(cell)) report("empty-table-header", cell);
  for (const cell of all("table th:not([scope])").filter(isShown)) report("th-scope", cell);

  // --- ARIA ---------------------------------------------------------------------------------------------------------

  const ROLES = new Set(
    ("alert alertdialog application article button cell checkbox columnheader combobox complementary dialog document feed figure form grid gridcell group heading img "
      + "link list listbox listitem log main menu menubar menuitem meter navigation none note option presentation progressbar radio radiogroup region row rowgroup "
      + "rowheader scrollbar search searchbox separator slider spinbutton status switch tab table tablist tabpanel textbox timer toolbar tooltip tree treegrid treeitem").split(" "));
  const ATTRIBUTES = new Set(
    ("activedescendant atomic autocomplete braillelabel busy checked colcount colindex colspan controls current describedby description details disabled errormessage "
      + "expanded flowto haspopup hidden invalid keyshortcuts label labelledby level live modal multiline multiselectable orientation owns placeholder posinset "
      + "pressed readonly relevant required roledescription rowcount rowindex rowspan selected setsize sort valuemax valuemin valuenow valuetext").split(" "));
  const TOKENS = {
    "aria-expanded": ["true", "false"], "aria-pressed": ["true", "false", "mixed"], "aria-selected": ["true", "false"], "aria-hidden": ["true", "false"],
    "aria-invalid": ["true", "false", "grammar", "spelling"], "aria-busy": ["true", "false"], "aria-live": ["off", "polite", "assertive"],
    "aria-sort": ["ascending", "descending", "none", "other"], "aria-current": ["page", "step", "location", "date", "time", "true", "false"],
    "aria-autocomplete": ["inline", "list", "both", "none"], "aria-modal": ["true", "false"], "aria-disabled": ["true", "false"],
  };
  const PARENTS = {
    option: "[role=listbox]", treeitem: "[role=tree], [role=group]", tab: "[role=tablist]", listitem: "[role=list], ul, ol", row: "table, [role=table], [role=grid], [role=rowgroup]",
    menuitem: "[role=menu], [role=menubar]", gridcell: "[role=row]", cell: "[role=row]",
  };
  const CHILDREN = { listbox: "[role=option]", tree: "[role=treeitem]", tablist: "[role=tab]", list: "[role=listitem], li" };
  const NAMELESS = ["DIV", "SPAN", "P", "CODE", "PRE", "STRONG", "EM", "B", "I", "BDI"];

  for (const element of all("*").filter((one) => [...one.attributes].some(({ name }) => name === "role" || name.startsWith("aria-")))) {
    const role = element.getAttribute("role");
    if (role !== null && !ROLES.has(role)) report("aria-roles", element);
    for (const { name, value } of element.attributes) {
      if (!name.startsWith("aria-")) continue;
      if (!ATTRIBUTES.has(name.slice(5))) report("aria-attribute", element, name);
      if (TOKENS[name] && !TOKENS[name].includes(value)) report("aria-value", element, `${name}="${value}"`);
    }
    for (const name of ["aria-labelledby", "aria-describedby", "aria-activedescendant", "aria-owns", "aria-controls"]) {
      // What a closed box controls need not be there.
      if (name === "aria-controls" && element.getAttribute("aria-expanded") === "false") continue;
      for (const id of (element.getAttribute(name) ?? "").split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) report("aria-reference", element, `${name} names ${id}, which is not there`);
      }
    }
    if (PARENTS[role] && !element.parentElement.closest(PARENTS[role])) report("aria-parent", element);
    if (CHILDREN[role] && isShown(element) && !element.querySelector(CHILDREN[role]) && element.getAttribute("aria-busy") !== "true") report("aria-children", element);
    if (element.hasAttribute("aria-pressed") && !element.matches("button, [role=button]")) report("aria-allowed", element, "aria-pressed");
    if (element.hasAttribute("aria-expanded") && !element.matches("button, a, summary, input, [role=button], [role=combobox], [role=treeitem], [role=row], [role=link]")) {
      report("aria-allowed", element, "aria-expanded");
    }
    if (element.hasAttribute("aria-label") && role === null && NAMELESS.includes(element.tagName)) report("aria-allowed", element, "aria-label without a role");
    if (element.getAttribute("aria-hidden") === "true" && all("a[href], button, input, select, textarea, [tabindex='0']", element).some(isShown)) report("aria-hidden-focus", element);
  }
  for (const outer of all("button, a[href], [role=button], [role=option], [role=img], [role=tab]")) {
    const inner = outer.querySelector("a[href], button, input, select, textarea, [tabindex='0']");
    if (inner) report("nested-interactive", outer);
  }
  for (const element of all("[tabindex]")) if (element.tabIndex > 0) report("tabindex", element);
  for (const element of all("[autofocus]")) if (!element.closest("dialog")) report("autofocus", element);

  // --- what can be reached and hit ----------------------------------------------------------------------------------

  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  for (const element of all("*").filter(isShown)) {
    const style = getComputedStyle(element);
    const scrolls = (overflow, whole, part) => ["auto", "scroll"].includes(overflow) && whole > part + 2;
    const isScrolled = scrolls(style.overflowY, element.scrollHeight, element.clientHeight) || scrolls(style.overflowX, element.scrollWidth, element.clientWidth);
    const isPage = element === document.documentElement || element === document.body;
    if (isScrolled && !isPage && !isDisabled(element) && !element.matches(FOCUSABLE) && !all(FOCUSABLE, element).some(isShown)) report("scrollable-focusable", element);
  }

  const SMALLEST = 24;
  /** A link in a sentence is as high as its line. */
  const isInline = (element) => {
    if (getComputedStyle(element).display !== "inline") return false;
    const rest = content(element.parentElement).replace(content(element), "").trim();
    return rest !== "" || element.parentElement.matches("p, li, td, dd, code");
  };
  const targets = all(`${CONTROLS}, [tabindex='0']`)
    .filter((one) => isShown(one) && !isHidden(one) && !isDisabled(one) && !one.matches(".skip-link, .virtual, [role=treeitem]"))
    .map((element) => ({ element, box: element.getBoundingClientRect() })).filter(({ box }) => box.width > 1 && box.height > 1);
  const center = ({ left, top, width, height }) => ({ x: left + width / 2, y: top + height / 2 });
  const isSmall = ({ width, height }) => width < SMALLEST - 0.5 || height < SMALLEST - 0.5;
  /** A circle of the smallest size around it touches no other target. */
  const isAlone = ({ element, box }) => targets.every((other) => {
    if (other.element === element || other.element.contains(element) || element.contains(other.element)) return true;
    const { x, y } = center(box);
    if (isSmall(other.box)) return Math.hypot(x - center(other.box).x, y - center(other.box).y) >= SMALLEST;
    const [dx, dy] = [Math.max(other.box.left - x, 0, x - other.box.right), Math.max(other.box.top - y, 0, y - other.box.bottom)];
    return Math.hypot(dx, dy) >= SMALLEST / 2;
  });
  for (const target of targets) {
    const label = target.element.closest("label")?.getBoundingClientRect();
    if (!isSmall(target.box) || (label && !isSmall(label)) || isInline(target.element) || isAlone(target)) continue;
    report("target-size", target.element, `${Math.round(target.box.width)} × ${Math.round(target.box.height)} px`);
  }

  // --- contrast -----------------------------------------------------------------------------------------------------

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colors = new Map();
  /** Any CSS color as [red, green, blue, alpha], 0 to 255 and 0 to 1. */
  function color(text) {
    if (!colors.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      colors.set(text, [red, green, blue, alpha / 255]);
    }
    return colors.get(text);
  }
  const over = (top, bottom, opacity = 1) => {
    const alpha = top[3] * opacity;
    return [...[0, 1, 2].map((index) => top[index] * alpha + bottom[index] * (1 - alpha)), 1];
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.slice(0, 3).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const CANVAS = color(getComputedStyle(document.documentElement).backgroundColor)[3] === 1
    ? color(getComputedStyle(document.documentElement).backgroundColor)
    : color(getComputedStyle(document.body).backgroundColor)[3] === 1 ? color(getComputedStyle(document.body).backgroundColor) : color("Canvas");

  /** What is painted behind an element's text; null where a picture makes that unknown. */
  function background(element) {
    const layers = [];
    const add = (value, opacity) => layers.push([color(value), opacity]);
    if (element.closest("svg")) {
      const box = element.getBoundingClientRect();
      const under = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      for (const one of under.filter((other) => other !== element && other instanceof SVGGeometryElement)) {
        const style = getComputedStyle(one);
        if (style.fill !== "none") add(style.fill, Number(style.fillOpacity) * Number(style.opacity));
      }
    }
    for (let one = element.closest("svg")?.parentElement ?? element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      add(style.backgroundColor, 1);
      if (color(style.backgroundColor)[3] === 1) break;
    }
    return layers.reverse().reduce((bottom, [top, opacity]) => over(top, bottom, opacity), CANVAS);
  }

  function opacityOf(element) {
    let opacity = 1;
    for (let one = element; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
    return opacity;
  }

  function checkContrast(element, text, value, style) {
    const behind = background(element);
    if (!behind) return;
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(over(color(value), behind, opacityOf(element)), behind);
    if (found < (isLarge ? 3 : 4.5) - 0.01) report("contrast", element, `${found.toFixed(2)} of "${text.trim().slice(0, 30)}"`);
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element) || isDisabled(element) || element.closest("title, noscript, .visually-hidden, .skip-link")) continue;
    const style = getComputedStyle(element);
    checkContrast(element, node.data, element instanceof SVGElement ? style.fill : style.color, style);
  }
  for (const field of all("input[placeholder], textarea[placeholder]").filter((one) => isShown(one) && !isDisabled(one) && one.value === "")) {
    checkContrast(field, field.placeholder, getComputedStyle(field, "::placeholder").color, getComputedStyle(field));
  }
  for (const link of all("p a[href], li a[href]").filter((one) => isShown(one) && getComputedStyle(one).display === "inline")) {
    const block = link.closest("p, li");
    const around = content(block).replace(content(link), "").trim();
    const style = getComputedStyle(link);
    const isMarked = style.textDecorationLine !== "none" || style.fontWeight !== getComputedStyle(block).fontWeight;
    if (block.tagName === "P" && around && !isMarked && ratio(color(style.color), color(getComputedStyle(block).color)) < 3) report("link-in-text-block", link);
  }
  return problems;
})();
