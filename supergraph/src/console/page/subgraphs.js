import { byId, bytes, colourOf, h, keepList, milliseconds, number, plural, setText } from './dom.js';
import { authorization } from './session.js';

/** Shows a card for each subgraph. */
export function drawSubgraphs({ subgraphs, switches }, tellFault) {
  keepList(byId('subgraphs'), subgraphs, {
    key: ({ name }) => name,
    make: ({ name }) => makeCard(name),
    update: (card, subgraph) => updateCard(card, subgraph, { switches, tellFault }),
  });
}

function makeCard(name) {
  const card = h(
    'article',
    { class: 'card', 'aria-label': `Subgraph ${name}` },
    h('h3', {}, name, h('span', { class: 'pill' })),
    h('div', { class: 'facts' }),
    h('ul', { class: 'instances', 'aria-label': `Instances of ${name}` }),
    h(
      'details',
      {},
      h('summary', {}),
      h('ul', { class: 'chips mono', tabindex: '0', 'aria-label': `Fields of ${name}` }),
    ),
  );
  card.style.setProperty('--own', colourOf(name));
  return card;
}

function updateCard(card, { name, sdlHash, contributes, traffic, instances }, { switches, tellFault }) {
  const [kind, text] = verdictOf(instances, switches);
  const pill = card.querySelector('h3 .pill');
  pill.className = `pill ${kind}`;
  setText(pill, text);
  const facts = card.querySelector('.facts');
  const shown = [
    ['schema', sdlHash ?? 'not read'],
    ['fetches', `${number(traffic?.perSecond ?? 0, 1)}/s`],
    ['p95', milliseconds(traffic?.p95)],
    ['failed', `${number(traffic?.failed ?? 0)} in 10 s`],
  ];
  keepList(facts, shown, {
    key: ([label]) => label,
    make: ([label]) => h('span', {}, `${label} `, h('b', { class: label === 'schema' ? 'mono' : null })),
    update: (element, [, value]) => setText(element.lastChild, value),
  });
  setText(
    card.querySelector('summary'),
    `Contributes ${plural(contributes.types.length, 'type')} and ${plural(contributes.fields.length, 'field')}`,
  );
  keepList(card.querySelector('.chips'), contributes.fields, {
    key: (field) => field,
    make: (field) => h('li', {}, field),
    update: () => {},
  });
  keepList(card.querySelector('.instances'), instances, {
    key: ({ id }) => id,
    make: (instance) => makeInstance(instance, { name, tellFault }),
    update: (row, instance) => updateInstance(row, instance, switchOf(switches, instance)),
  });
}

function verdictOf(instances, switches) {
  const good = instances.filter((one) => stateOf(one, switchOf(switches, one))[0] === 'good').length;
  if (instances.length === 0) return ['bad', 'never seen'];
  if (good === instances.length) return ['good', 'healthy'];
  return good > 0 ? ['warn', `${good} of ${instances.length} healthy`] : ['bad', 'not answering'];
}

const switchOf = (switches, { port }) => switches?.find((one) => one.port === port) ?? null;

function stateOf({ breaker, health }, switched) {
  if (switched?.state === 'stopped') return ['bad', 'stopped'];
  if (breaker !== 'closed') return ['warn', `breaker ${breaker}`];
  if (health?.state === 'silent') return ['bad', 'silent'];
  if (switched?.state === 'slow') return ['warn', 'slowed'];
  if (health?.state === 'waiting') return ['warn', `waits for ${health.waitsFor.join(', ')}`];
  return ['good', 'ready'];
}

function makeInstance({ address }, { name, tellFault }) {
  const press = (event) => {
    const { label, action } = event.currentTarget.dataset;
    void flip(event.currentTarget, label, action).catch((fault) => tellFault(fault.message));
  };
  return h(
    'li',
    {},
    h('span', { class: 'mono' }, address),
    h('span', { class: 'pill' }),
    h(
      'span',
      { class: 'switches', hidden: true, role: 'group', 'aria-label': `Switches of ${name} at ${address}` },
      h('button', { type: 'button', class: 'small pace', onclick: press }),
      h('button', { type: 'button', class: 'small life', onclick: press }),
    ),
    h('span', { class: 'notes' }),
  );
}

function updateInstance(row, instance, switched) {
  const [kind, text] = stateOf(instance, switched);
  const pill = row.querySelector('.pill');
  pill.className = `pill ${kind}`;
  setText(pill, text);
  const { inFlight, latencyMs, health } = instance;
  const notes = [
    `${number(inFlight)} in flight`,
    `${milliseconds(latencyMs)} of late`,
    ...(health?.memoryBytes == null ? [] : [bytes(health.memoryBytes)]),
    ...(health?.lagMs == null ? [] : [`event loop ${milliseconds(health.lagMs)}`]),
  ];
  setText(row.querySelector('.notes'), notes.join(' · '));
  const group = row.querySelector('.switches');
  group.hidden = switched === null;
  if (!switched) return;
  const isStopped = switched.state === 'stopped';
  aim(row.querySelector('.life'), switched.label, isStopped ? ['start', 'Start'] : ['stop', 'Stop']);
  aim(
    row.querySelector('.pace'),
    switched.label,
    switched.state === 'slow' ? ['steady', 'Full speed'] : ['slow', 'Slow'],
  );
  if (!row.querySelector('.pace').hasAttribute('aria-busy')) row.querySelector('.pace').disabled = isStopped;
}

function aim(button, label, [action, text]) {
  if (button.hasAttribute('aria-busy')) return;
  Object.assign(button.dataset, { label, action });
  setText(button, text);
}

async function flip(button, label, action) {
  if (button.hasAttribute('aria-busy')) return;
  button.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`/console/api/services/${label}/${action}`, {
      method: 'POST',
      headers: { 'x-console': '1', ...authorization() },
    });
    if (!response.ok) throw new Error((await response.json()).detail);
  } finally {
    button.removeAttribute('aria-busy');
  }
}
