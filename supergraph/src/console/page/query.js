import { byId, colourOf, h, milliseconds, number, plural } from './dom.js';
import { authorization } from './session.js';

const firstQuery = `query Catalogue {
  products(first: 5) {
    nodes {
      name
      price { formatted }
      stock { available }
      unitsSold
      shippingEstimate { formatted }
    }
  }
}
`;

/** Lets the pane run operations and draw how they went. */
export function prepareQuery() {
  const [form, text] = [byId('query-form'), byId('query-text')];
  text.value = firstQuery;
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(text.value);
  });
}

async function run(query) {
  const response = await fetch('/console/api/run', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization() },
    body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  const { result = { errors: [{ message: answer.detail ?? 'refused' }] }, ms = 0, fetches = [] } = answer;
  byId('plan').replaceChildren(...drawRun({ result, ms, fetches }));
  byId('answer').textContent = JSON.stringify(result, null, 2);
  byId('answer-fold').hidden = false;
  byId('answer-fold').open = fetches.length === 0;
}

function drawRun({ result, ms, fetches }) {
  const names = [...new Set(fetches.map(({ subgraph }) => subgraph))];
  const steps = stepsOf(fetches);
  const faults = result.errors?.length ?? 0;
  const head = h(
    'div',
    { class: 'plan-head' },
    h('span', {}, h('b', {}, milliseconds(ms)), ' in all'),
    h('span', {}, h('b', {}, plural(fetches.length, 'fetch', 'fetches')), ` in ${plural(steps, 'step')}`),
    h('span', {}, names.length > 0 ? `from ${names.join(', ')}` : 'nothing was fetched'),
    faults > 0
      ? h('span', { class: 'pill bad' }, plural(faults, 'error'))
      : h('span', { class: 'pill good' }, 'no errors'),
  );
  const longest = Math.max(...fetches.map(lengthOf));
  const list = h(
    'ol',
    { class: 'waterfall', 'aria-label': 'The fetches, in the order in which they began' },
    fetches.map((fetch) => drawFetch(fetch, { ms, isSlowest: fetches.length > 1 && lengthOf(fetch) === longest })),
  );
  return [head, list];
}

/** How many fetches waited for another one, one after the other. */
function stepsOf(fetches) {
  let [steps, end] = [0, -1];
  for (const { startMs, endMs } of fetches) {
    if (startMs < end) continue;
    steps += 1;
    end = fetches
      .filter((one) => one.startMs <= startMs + 0.5)
      .reduce((first, one) => Math.min(first, one.endMs), endMs);
  }
  return steps;
}

const lengthOf = ({ startMs, endMs }) => endMs - startMs;

function drawFetch(fetch, { ms, isSlowest }) {
  const { subgraph, startMs, entities, outcome, fault, query } = fetch;
  const took = milliseconds(lengthOf(fetch));
  const what = entities > 0 ? plural(entities, 'entity', 'entities') : 'root fields';
  const told = `${subgraph}, ${what}: began after ${number(startMs, 1)} ms and took ${took}${fault ? `, ${fault}` : ''}`;
  const [x, width] = [(startMs / ms) * 100, Math.max((lengthOf(fetch) / ms) * 100, 0.6)];
  return h(
    'li',
    { class: isSlowest ? 'slowest' : null },
    h('span', { class: 'who' }, h('b', {}, subgraph), ' ', h('span', {}, outcome === 'ok' ? what : (fault ?? outcome))),
    h(
      'svg',
      { viewBox: '0 0 100 18', preserveAspectRatio: 'none', role: 'img', 'aria-label': told },
      h('rect', { class: 'track', width: 100, height: 18, rx: 1 }),
      h('rect', { x, width, y: 3, height: 12, rx: 0.8, fill: outcome === 'ok' ? colourOf(subgraph) : 'var(--bad)' }),
    ),
    h('span', { class: 'ms' }, took),
    h(
      'details',
      {},
      h('summary', {}, isSlowest ? 'What was asked: the slowest' : 'What was asked'),
      h('pre', { tabindex: '0', 'aria-label': `Asked of ${subgraph}` }, query),
    ),
  );
}
