/** Makes an element. `properties`: attributes, `on…` listeners, `class`; children are nodes or texts. */
export function h(tag, properties = {}, ...children) {
  const element = svgTags.has(tag) ? document.createElementNS(svgSpace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

const svgSpace = 'http://www.w3.org/2000/svg';
const svgTags = new Set(['svg', 'path', 'rect', 'line', 'circle', 'g', 'title']);

export const byId = (id) => document.getElementById(id);

/** Writes a text only when it is another one, so that readers and screens are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps one element for each key, in order, made once and updated each time; focus stays where it is. */
export function keepList(container, items, { key, make, update }) {
  const known = (container.kept ??= new Map());
  const wanted = new Set(items.map(key));
  for (const [name, element] of known) {
    if (wanted.has(name)) continue;
    element.remove();
    known.delete(name);
  }
  items.forEach((item, index) => {
    const name = key(item);
    let element = known.get(name);
    if (!element) known.set(name, (element = make(item)));
    update(element, item);
    if (container.children[index] !== element) container.insertBefore(element, container.children[index] ?? null);
  });
}

export const number = (value, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
export const milliseconds = (ms) =>
  ms == null ? '–' : ms < 10 ? `${number(ms, 1)} ms` : ms < 1_000 ? `${number(ms)} ms` : `${number(ms / 1_000, 1)} s`;
export const bytes = (value) =>
  value == null ? '–' : value < 1_048_576 ? `${number(value / 1_024)} KiB` : `${number(value / 1_048_576)} MiB`;
export const duration = (seconds) =>
  seconds < 60
    ? `${seconds} s`
    : seconds < 3_600
      ? `${Math.floor(seconds / 60)} min`
      : `${number(seconds / 3_600, 1)} h`;
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** A colour of its own for each subgraph, in the order in which they are first seen. */
const colours = new Map();
export function colourOf(name) {
  if (!colours.has(name)) colours.set(name, `var(--s${colours.size % 6})`);
  return colours.get(name);
}
