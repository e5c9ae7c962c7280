import { byId, h, milliseconds, number, setText } from './dom.js';

const [width, height] = [240, 60];
const charts = [
  {
    id: 'rate',
    title: 'Operations per second',
    read: ({ operations }) => operations,
    now: (history) => number(average(history.slice(-5).map(({ operations }) => operations)), 1),
    show: (value) => number(value),
    tell: (history) => `${sum(history, 'operations')} operations in two minutes`,
  },
  {
    id: 'latency',
    title: 'Latency: p95, and p50 dashed',
    read: ({ p95 }) => p95,
    second: ({ p50 }) => p50,
    now: (history) => milliseconds(history.findLast(({ p95 }) => p95 !== null)?.p95 ?? null),
    show: milliseconds,
    tell: (history) => `the slowest second had a p95 of ${milliseconds(highest(history, ({ p95 }) => p95 ?? 0))}`,
  },
  {
    id: 'errors',
    title: 'Operations with errors per second',
    read: ({ errors }) => errors,
    now: (history) => number(average(history.slice(-5).map(({ errors }) => errors)), 1),
    show: (value) => number(value),
    tell: (history) => `${sum(history, 'errors')} operations with errors in two minutes`,
  },
];

/** Draws the three charts of a history of seconds. Each has a text that says the same. */
export function drawCharts(history) {
  for (const chart of charts) draw(chart, history);
}

function draw({ id, title, read, second, now, show, tell }, history) {
  const figure = byId(`chart-${id}`) ?? make(id, title);
  const top = Math.max(
    highest(history, (one) => read(one) ?? 0),
    1,
  );
  const scale = (value) => height - (Math.min(value, top) / top) * height;
  const [area, line, dashed] = figure.querySelectorAll('path');
  const path = pathOf(history, read, scale);
  line.setAttribute('d', path);
  const [first = '0', last = '0'] = [/^M([\d.]+)/.exec(path)?.[1], /L?([\d.]+),[\d.]+$/.exec(path)?.[1]];
  area.setAttribute('d', path === '' ? '' : `${path}L${last},${height}L${first},${height}Z`);
  if (second) dashed.setAttribute('d', pathOf(history, second, scale));
  setText(figure.querySelector('strong'), now(history));
  setText(figure.querySelector('.top'), `top ${show(top)}`);
  figure.querySelector('svg').setAttribute('aria-label', `${title}: ${now(history)} now, ${tell(history)}`);
}

function make(id, title) {
  const figure = h(
    'figure',
    { id: `chart-${id}`, class: `chart ${id}` },
    h('figcaption', {}, h('span', {}, title), h('strong', {}, '–')),
    h(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title },
      h('line', { class: 'base', x1: 0, x2: width, y1: height, y2: height }),
      h('path', { class: 'area' }),
      h('path', { class: 'line' }),
      h('path', { class: 'line second' }),
    ),
    h(
      'div',
      { class: 'axis', 'aria-hidden': 'true' },
      h('span', {}, '2 min ago'),
      h('span', { class: 'top' }),
      h('span', {}, 'now'),
    ),
  );
  byId('charts').append(figure);
  return figure;
}

/** A line through the values; seconds without one are passed over. */
function pathOf(history, read, scale) {
  const step = width / Math.max(history.length - 1, 1);
  return history
    .map((one, index) => [index * step, read(one)])
    .filter(([, value]) => value !== null)
    .map(([x, value], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)},${scale(value).toFixed(1)}`)
    .join('');
}

const sum = (history, name) => number(history.reduce((total, one) => total + one[name], 0));
const highest = (history, read) => history.reduce((most, one) => Math.max(most, read(one)), 0);
const average = (values) => values.reduce((total, value) => total + value, 0) / Math.max(values.length, 1);
