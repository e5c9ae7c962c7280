import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repository } from '../config.ts';
import type { StackDescription } from '../description.ts';
import { type Answer, enterShop, fetchesOf, type Shop } from './shop.ts';
import { bar, type Stage } from './stage.ts';

const customer = 'ada@example.com';
const catalogue = `query Story {
  me {
    name
    orders(first: 2) { nodes { status total { formatted } lines { quantity product { name } } } }
  }
  products(first: 3) { nodes { name price { formatted } stock { available } unitsSold } }
}`;
const live =
  'subscription { orderCreated { order { id total { formatted } buyer { name } lines { quantity product { name } } } } }';
const healMs = 30_000;

/** Tells the story on a stack that runs. @throws Unshown for the first claim that does not come true, and what the stack throws */
export async function tellStory(stage: Stage, stack: StackDescription): Promise<void> {
  const shop = await signIn(stage, stack);
  await order(stage, shop);
  await askThree(stage, shop);
  const place = await hear(stage, shop);
  await resume(stage, shop, place);
  await breakAndHeal(stage, shop);
  await refuseChange(stage);
}

async function signIn(stage: Stage, stack: StackDescription): Promise<Shop> {
  await stage.step(
    'Sign in',
    'Users issues a token that lives for ten minutes. The gateway verifies it and tells each subgraph, with a token of its own, who asks.',
  );
  stage.command(`curl ${stack.gateway?.http}/api/v1/sign-in -d '{"email":"${customer}","password":"…"}'`);
  const shop = await enterShop(stack, customer);
  stage.show([`${shop.token.slice(0, 60)}…`]);
  const { answer } = await shop.ask('{ me { name email } }');
  stage.claim(answer.data?.me?.email === customer, `the graph knows ${answer.data?.me?.name}`);
  return shop;
}

async function order(stage: Stage, shop: Shop): Promise<void> {
  await stage.step(
    'An order by REST',
    'The routes of the old gateway go on working: each is a document that the same graph answers. The order and its event commit together.',
  );
  stage.command(`curl -X POST /api/v1/orders -d '{"lines":[{"productId":2,"quantity":1}]}'`);
  const placed = await shop.post('/api/v1/orders', { lines: [{ productId: 2, quantity: 1 }] });
  stage.show([JSON.stringify(placed.body).slice(0, 100)]);
  stage.claim(placed.status === 201, `order ${String(placed.body['id'])} is placed`);
}

async function askThree(stage: Stage, shop: Shop): Promise<void> {
  await stage.step(
    'One query, three subgraphs',
    'Users knows who asks, orders what was bought, products what it is called. Nobody waits who need not: equal marks below are side by side.',
  );
  stage.show(catalogue.split('\n'));
  const { errors, extensions } = await shop.explain(catalogue);
  const { plan, timings, cost } = extensions.explain;
  const fetches = fetchesOf(plan);
  stage.show([
    '',
    ...fetches.map(({ subgraph, startedAtMs, tookMs, entities }) => {
      const what = entities === null ? 'root fields' : `${entities} ${entities === 1 ? 'entity' : 'entities'}`;
      const drawn = bar({ from: startedAtMs, to: startedAtMs + tookMs, whole: timings.totalMs });
      return `${subgraph.padEnd(9)} ${what.padEnd(12)} ${drawn} ${tookMs.toFixed(1)} ms`;
    }),
  ]);
  const names = new Set(fetches.map(({ subgraph }) => subgraph));
  stage.claim(
    !errors && names.size === 3,
    `${fetches.length} fetches from ${[...names].join(', ')} in ${timings.totalMs.toFixed(0)} ms; it cost ${cost.actual} of ${cost.estimated} estimated`,
  );
  const { headers } = await shop.ask(catalogue);
  const [limit, policy] = [headers.get('ratelimit'), headers.get('ratelimit-policy')];
  stage.claim(limit !== null, `its cost is taken from the customer's budget: ${limit} (${policy})`);
}

/** The subscriber's last place, after one event. */
async function hear(stage: Stage, shop: Shop): Promise<string> {
  await stage.step(
    'Subscribe, and order again',
    'The event goes from the outbox through RabbitMQ and Redis to this subscriber, resolved as the subscriber may see it, by every subgraph.',
  );
  stage.command(`curl -N /graphql -H 'accept: text/event-stream' -d '{"query":"${live.slice(0, 46)}…"}'`);
  const subscription = await shop.subscribe(live);
  const startedAt = performance.now();
  const placed = await shop.post('/api/v1/orders', { lines: [{ productId: 3, quantity: 2 }] });
  const event = await subscription.next();
  const took = performance.now() - startedAt;
  stage.show([JSON.stringify(event.data.data)]);
  stage.claim(
    orderIdOf(event.data) === String(placed.body['id']),
    `order ${orderIdOf(event.data)} arrived ${took.toFixed(0)} ms after it was sent`,
  );
  subscription.cut();
  return event.id;
}

async function resume(stage: Stage, shop: Shop, place: string): Promise<void> {
  await stage.step(
    'Cut the line, and miss nothing',
    'Each event carries its cursor. A client that comes back with it gets what it missed first, then what is new, in order, nothing twice.',
  );
  stage.show(['the subscriber is cut off', 'two orders are placed while nobody listens']);
  const missed: string[] = [];
  for (const productId of [4, 5]) {
    const placed = await shop.post('/api/v1/orders', { lines: [{ productId, quantity: 1 }] });
    missed.push(String(placed.body['id']));
  }
  stage.command(`curl -N /graphql -H 'last-event-id: ${place.slice(0, 24)}…' …`);
  const subscription = await shop.subscribe(live, place);
  const heard = [orderIdOf((await subscription.next()).data), orderIdOf((await subscription.next()).data)];
  subscription.cut();
  stage.claim(heard.join() === missed.join(), `orders ${heard.join(' and ')} were waiting, in order`);
}

async function breakAndHeal(stage: Stage, shop: Shop): Promise<void> {
  await stage.step(
    'Stop products',
    'Fields that cross subgraphs may be null, so one service that is away takes its own data with it and nothing else.',
  );
  await shop.set('products', 'stop');
  const { answer } = await shop.ask(
    '{ me { name orders(first: 1) { nodes { status lines { quantity product { name } } } } } }',
  );
  const [line] = answer.data?.me?.orders?.nodes?.[0]?.lines ?? [];
  stage.show([
    JSON.stringify(answer.data),
    ...(answer.errors ?? []).slice(0, 1).map(({ message, extensions }) => `${extensions?.code}: ${message}`),
  ]);
  stage.claim(
    line?.quantity > 0 && line?.product === null,
    'the order is there, the name of its product is not, and a code says why',
  );

  await stage.step('Start it again', 'Nobody restarts the gateway: it hears of the instance, tries it, and goes on.');
  await shop.set('products', 'start');
  const startedAt = performance.now();
  let healed: Answer = {};
  do {
    healed = (await shop.ask('{ product(id: 3) { name stock { available } } }')).answer;
    if (healed.errors) await delay(200);
  } while (healed.errors && performance.now() - startedAt < healMs);
  stage.show([JSON.stringify(healed.data)]);
  stage.claim(!healed.errors, `healed ${((performance.now() - startedAt) / 1_000).toFixed(1)} s after it was ready`);
}

async function refuseChange(stage: Stage): Promise<void> {
  await stage.step(
    'A change that would break somebody',
    'Somebody takes Product.description out of the SDL. The check composes the graph and asks every document that a route or a demo sends.',
  );
  stage.command('npm run schema:check');
  const { compareGraphs, apiSchemaOf } = await import('@storefront/schema/tools/changes.ts');
  const { findBrokenDocuments, readDocuments } = await import('@storefront/schema/tools/documents.ts');
  const changed = await composeWithout(/^  description: String\n/m);
  const before = readFileSync(join(repository, 'schema', 'supergraph.graphql'), 'utf8');
  const { breaking } = await compareGraphs(before, changed);
  const documents = await readDocuments(join(repository, 'schema', 'operations'));
  const broken = findBrokenDocuments(apiSchemaOf(changed), documents);
  stage.show([...breaking.slice(0, 1), ...broken.slice(0, 3)]);
  stage.claim(
    breaking.length > 0 && broken.some((line) => /(GET|POST|PUT) \/api/.test(line)),
    'the route that would break is named, before anything is merged',
  );
}

/** The supergraph when products' SDL has lost what matches. */
async function composeWithout(pattern: RegExp): Promise<string> {
  const { composeFromRover } = await import('@storefront/schema/tools/supergraph.ts');
  const folder = await mkdtemp(join(tmpdir(), 'storefront-demo-'));
  try {
    const sdl = readFileSync(join(repository, 'schema', 'products.graphql'), 'utf8').replace(pattern, '');
    await writeFile(join(folder, 'products.graphql'), sdl);
    const rover = readFileSync(join(repository, 'rover.yaml'), 'utf8').replaceAll(
      'file: schema/',
      `file: ${repository}/schema/`,
    );
    const swapped = rover.replace(`${repository}/schema/products.graphql`, join(folder, 'products.graphql'));
    await writeFile(join(folder, 'rover.yaml'), swapped);
    const composition = await composeFromRover(join(folder, 'rover.yaml'));
    if ('faults' in composition) throw new Error(composition.faults.join('\n'));
    return composition.supergraphSdl;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const orderIdOf = ({ data }: Answer): string => String(data?.orderCreated?.order?.id);
