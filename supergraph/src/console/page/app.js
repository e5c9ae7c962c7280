import { drawCharts } from './charts.js';
import { byId, bytes, duration, h, keepList, number, plural, setText } from './dom.js';
import { prepareOrders } from './orders.js';
import { prepareQuery } from './query.js';
import { authorization, onSession, prepareSignIn } from './session.js';
import { readEvents } from './stream.js';
import { drawSubgraphs } from './subgraphs.js';

const themeKey = 'storefront-theme';
let watching = new AbortController();

prepareTheme();
prepareSignIn();
prepareQuery();
prepareOrders(tellFault);
onSession(() => {
  watching.abort();
  watching = new AbortController();
  void watch(watching.signal);
});

/** Follows the gateway's state for as long as the page is open; comes back after cuts. */
async function watch(signal) {
  while (!signal.aborted) {
    try {
      await readEvents('/console/api/stream', {
        signal,
        headers: authorization(),
        take: ({ data }) => data && show(JSON.parse(data)),
      });
      tellConnection('warn', 'reconnecting');
    } catch (fault) {
      if (signal.aborted) return;
      tellConnection('bad', fault.status ? 'refused' : 'gateway away');
      if (fault.status) return tellFault(fault.message);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

function show(state) {
  tellConnection('good', 'live');
  const { graph, subgraphs, servers } = state;
  const away = servers.filter(({ isUp }) => !isUp).map(({ name }) => name);
  setText(
    byId('graph-line'),
    graph.id
      ? `Graph ${graph.id}, served for ${duration(graph.servedSeconds)}, of ${plural(subgraphs.length, 'subgraph')}`
      : 'No graph yet',
  );
  const faults = [...graph.faults, ...(away.length > 0 ? [`not answering: ${away.join(', ')}`] : [])];
  byId('main').dataset.state = 'shown';
  showFaults(faults);
  drawCharts(state.history);
  drawSubgraphs(state, tellFault);
  drawInside(state);
}

function drawInside(state) {
  const tiles = [...cacheTiles(state), ...limitTiles(state), ...outboxTiles(state), ...serverTiles(state)];
  keepList(byId('inside'), tiles, {
    key: ([title]) => title,
    make: ([title]) => h('div', {}, h('dt', {}, title), h('dd', {}, h('span'), h('small'))),
    update: (tile, [, value, note]) => {
      setText(tile.querySelector('dd span'), value);
      setText(tile.querySelector('small'), note);
    },
  });
}

function cacheTiles({ cache, engine }) {
  const share = (hits, misses) =>
    hits + misses > 0 ? `${number((hits / (hits + misses)) * 100)} % hits` : 'none asked';
  const { memoHits, memoMisses, memoBytes, plans, planBytes, planningThreads } = engine;
  return [
    cache
      ? [
          'Entities kept',
          share(cache.localHits + cache.sharedHits, cache.misses),
          `${number(cache.localHits)} here, ${number(cache.sharedHits)} from Redis, ${number(cache.purgedTags)} thrown away by events`,
        ]
      : ['Entities kept', 'off', 'nothing of subgraphs is kept'],
    [
      'Answers kept',
      share(memoHits, memoMisses),
      `${number(memoHits)} of ${number(memoHits + memoMisses)}, ${bytes(memoBytes)}`,
    ],
    [
      'Plans kept',
      number(plans),
      planningThreads > 0 ? `${bytes(planBytes)}; ${plural(planningThreads, 'thread')} planning` : bytes(planBytes),
    ],
  ];
}

function limitTiles({ limiter, shedding, subgraphs }) {
  const open = subgraphs.flatMap(({ instances }) => instances).filter(({ breaker }) => breaker !== 'closed').length;
  const total = (name) => subgraphs.reduce((all, { attempts }) => all + (attempts?.[name] ?? 0), 0);
  const refused = shedding ? shedding.refused.bulk + shedding.refused.others : 0;
  return [
    [
      'Breakers',
      open === 0 ? 'all closed' : `${number(open)} open`,
      `${plural(total('ejections'), 'instance')} set aside since the start; ${plural(total('retries'), 'retry', 'retries')}, ${plural(total('hedges'), 'hedge')}, ${number(total('withheld'))} withheld`,
    ],
    limiter
      ? [
          'Rate limit',
          `${number(limiter.perMinute)}/min`,
          `bursts of ${number(limiter.burst)}; ${number(limiter.refusedLastMinute)} refused in the last minute${limiter.isAlone ? '; judged without Redis' : ''}`,
        ]
      : ['Rate limit', 'off', 'nothing is limited'],
    shedding
      ? [
          'Under way',
          `${number(shedding.inFlight)} of ${number(shedding.limit)}`,
          `${number(refused)} shed since the start`,
        ]
      : ['Under way', 'unbounded', 'load is not shed'],
  ];
}

function outboxTiles({ subgraphs }) {
  return subgraphs.flatMap(({ name, instances }) => {
    const outbox = instances.find(({ health }) => health?.outbox)?.health.outbox;
    if (!outbox) return [];
    const { pending, oldestSeconds } = outbox;
    const note = pending > 0 ? `the oldest waits ${number(oldestSeconds, 1)} s` : 'all are published';
    return [[`Outbox of ${name}`, plural(pending, 'event'), note]];
  });
}

function serverTiles({ servers, process }) {
  const tiles = servers
    .filter(({ name }) => name !== 'graph')
    .map(({ name, isUp, ms }) => [
      name === 'rabbitmq' ? 'RabbitMQ' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      isUp ? 'up' : 'away',
      isUp ? `answered in ${number(ms, 1)} ms` : 'does not answer',
    ]);
  return [...tiles, ['Gateway', duration(process.uptimeSeconds), `${bytes(process.memoryBytes)} of memory`]];
}

let told = null;
function tellFault(text) {
  told = text;
  showFaults([]);
}

function showFaults(faults) {
  const all = [...(told ? [told] : []), ...faults];
  byId('alert').hidden = all.length === 0;
  setText(byId('alert'), all.join('. '));
}

function tellConnection(kind, text) {
  byId('connection').className = `pill ${kind}`;
  setText(byId('connection'), text);
}

/** The system's colours, unless somebody chose others here. */
function prepareTheme() {
  const wanted = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const theme = localStorage.getItem(themeKey) ?? (wanted.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    setText(byId('theme'), theme === 'dark' ? 'Light' : 'Dark');
  };
  wanted.addEventListener('change', apply);
  byId('theme').addEventListener('click', () => {
    localStorage.setItem(themeKey, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    apply();
  });
  apply();
}
