import { colourOf, h, milliseconds, number, plural } from './dom.js';

const titles = {
  sequence: 'One after the other',
  parallel: 'At once',
  subscription: 'For each event',
  defer: 'At first, then the deferred parts',
  condition: 'If',
};

/** Draws how an operation was answered: what it came to, what was denied, and its plan as a tree with a bar for each fetch. */
export function drawExplanation({ result, explanation }) {
  const { plan, timings, instances } = explanation;
  const runs = fetchesOf(plan).flatMap(({ runs: own }) => own);
  const totalMs = Math.max(timings.totalMs ?? 0, ...runs.map(endOf), 0.1);
  const longest = runs.length > 1 ? Math.max(...runs.map(({ tookMs }) => tookMs)) : Infinity;
  const breakers = new Map(instances.map(({ instance, breaker }) => [instance, breaker]));
  const tree = plan
    ? h('ul', { class: 'tree', 'aria-label': 'The plan' }, drawStep(plan, { totalMs, longest, breakers, explanation }))
    : h('p', { class: 'quiet' }, 'Nothing is fetched: the gateway answers by itself.');
  return [drawHead({ result, explanation, runs }), drawFacts(explanation), drawPolicies(explanation.policies), tree];
}

const fetchesOf = (step) => (!step ? [] : step.kind === 'fetch' ? [step] : step.steps.flatMap(fetchesOf));
const endOf = ({ startedAtMs, tookMs }) => startedAtMs + tookMs;

function drawHead({ result, explanation: { timings }, runs }) {
  const faults = result?.errors?.length ?? 0;
  const verdict = !result ? ['warn', 'not run'] : faults > 0 ? ['bad', plural(faults, 'error')] : ['good', 'no errors'];
  return h(
    'div',
    { class: 'plan-head' },
    h('span', {}, h('b', {}, milliseconds(timings.totalMs)), ' in all'),
    h('span', {}, 'planned in ', h('b', {}, milliseconds(timings.planMs))),
    h('span', {}, h('b', {}, plural(runs.length, 'fetch', 'fetches'))),
    h('span', { class: `pill ${verdict[0]}` }, verdict[1]),
  );
}

function drawFacts({ cost, cache, graph }) {
  const facts = [
    cost && ['Cost', `${number(cost.actual ?? 0)} of ${number(cost.estimated)} estimated`],
    cost?.maximum != null && ['At most', number(cost.maximum)],
    cache && ['Cache', `${plural(cache.hits, 'hit')}, ${plural(cache.misses, 'miss', 'misses')}`],
    cache && [
      'May be kept',
      cache.maxAge > 0 ? `${number(cache.maxAge)} s, ${cache.scope.toLowerCase()}` : 'not at all',
    ],
    ['Graph', graph],
  ].filter(Boolean);
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function drawPolicies({ applied, denied }) {
  if (applied.length === 0) return null;
  return h(
    'details',
    { class: 'policies', open: denied.length > 0 },
    h('summary', {}, `${plural(applied.length, 'access rule')} met, ${plural(denied.length, 'place')} denied`),
    h(
      'ul',
      { class: 'quiet' },
      applied.map(({ on, rules, isSatisfied }) =>
        h(
          'li',
          {},
          h('span', { class: `pill ${isSatisfied ? 'good' : 'bad'}` }, isSatisfied ? 'held' : 'not held'),
          ' ',
          h('span', { class: 'mono' }, `${on} ${rules.join(' ')}`),
        ),
      ),
      denied.map(({ path, code }) =>
        h('li', {}, h('span', { class: 'mono' }, path.join('.')), ` was not asked for: ${code}`),
      ),
    ),
  );
}

function drawStep(step, context) {
  if (step.kind === 'fetch') return drawFetch(step, context);
  const title = step.kind === 'condition' ? `If $${step.variable}` : titles[step.kind];
  return h(
    'li',
    { class: step.kind },
    h('span', { class: 'order' }, title),
    h(
      'ul',
      { 'aria-label': title },
      step.steps.map((inner) => drawStep(inner, context)),
    ),
  );
}

function drawFetch(fetch, { totalMs, longest, breakers, explanation }) {
  const { subgraph, path, operation, runs, query, requires } = fetch;
  const took = runs.reduce((most, { tookMs }) => Math.max(most, tookMs), 0);
  const isSlowest = runs.length > 0 && took === longest;
  const time = runs.length > 0 ? milliseconds(took) : explanation.timings.totalMs === null ? '–' : unasked(explanation);
  const what = path === '' ? (operation === 'query' ? 'root fields' : operation) : path;
  return h(
    'li',
    { class: isSlowest ? 'fetch slowest' : 'fetch' },
    h('span', { class: 'who' }, h('b', {}, subgraph), ' ', h('span', { class: 'mono' }, what)),
    drawBars(fetch, { totalMs, time }),
    h('span', { class: 'ms' }, time),
    runs.map((run) => drawRun(run, breakers)),
    h(
      'details',
      {},
      h('summary', {}, isSlowest ? 'What was asked: the slowest' : 'What was asked'),
      h(
        'pre',
        { tabindex: '0', 'aria-label': `Asked of ${subgraph}` },
        requires ? `# for each ${requires}\n${query}` : query,
      ),
    ),
  );
}

const unasked = ({ cache }) => (cache?.hits > 0 ? 'kept' : 'not needed');

function drawBars({ subgraph, path, runs }, { totalMs, time }) {
  const told = `${subgraph}${path ? ` at ${path}` : ''}: ${runs.map(({ startedAtMs, tookMs }) => `began after ${number(startedAtMs, 1)} ms and took ${milliseconds(tookMs)}`).join(', ') || time}`;
  return h(
    'svg',
    { viewBox: '0 0 100 18', preserveAspectRatio: 'none', role: 'img', 'aria-label': told },
    h('rect', { class: 'track', width: 100, height: 18, rx: 1 }),
    runs.map(({ startedAtMs, tookMs, outcome }) =>
      h('rect', {
        x: (startedAtMs / totalMs) * 100,
        width: Math.max((tookMs / totalMs) * 100, 0.6),
        y: 3,
        height: 12,
        rx: 0.8,
        fill: outcome === 'answered' ? colourOf(subgraph) : 'var(--bad)',
      }),
    ),
  );
}

function drawRun({ entities, answerBytes, outcome, attempts }, breakers) {
  const facts = [
    entities === null ? null : plural(entities, 'entity', 'entities'),
    answerBytes === null ? null : `${number(answerBytes)} bytes`,
    outcome === 'failed' ? 'no answer' : null,
    attempts.length === 0 ? 'shared with another request' : null,
    ...attempts.map(({ instance, tookMs, outcome: how }) => {
      const breaker = breakers.get(instance);
      return `${instance}: ${how} in ${milliseconds(tookMs)}${breaker ? `, breaker ${breaker}` : ''}`;
    }),
  ].filter((fact) => fact !== null);
  return h('span', { class: 'run' }, facts.join(' · '));
}
