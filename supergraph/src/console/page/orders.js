import { byId, h, keepList, milliseconds, setText } from './dom.js';
import { authorization, isSignedIn, onSession, signOut } from './session.js';

const selection = `{ type occurredAt order {
  id status rejectionReason placedAt total { formatted } buyer { name } lines { quantity product { name } }
} }`;
const subscriptions = [
  `subscription ConsolePlaced { orderCreated ${selection} }`,
  `subscription ConsoleChanged { orderUpdated ${selection} }`,
];
const kinds = { PENDING: 'warn', CONFIRMED: 'good', REJECTED: 'bad', CANCELLED: 'bad' };
const maxOrders = 12;
const orders = new Map();
let following = new AbortController();

/** Follows orders for whoever is signed in, and lets them place one. */
export function prepareOrders(tellFault) {
  byId('place').addEventListener('click', () => void place(tellFault));
  onSession((session) => {
    following.abort();
    following = new AbortController();
    byId('place').disabled = session === null;
    orders.clear();
    draw();
    if (session) follow(following.signal, tellFault);
  });
}

/** One websocket for both subscriptions: a browser opens few other connections to a host. Source: graphql-transport-ws */
function follow(signal, tellFault) {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message) => socket.send(JSON.stringify(message));
  socket.addEventListener('open', () => send({ type: 'connection_init', payload: authorization() }));
  socket.addEventListener('message', ({ data }) => {
    const { type, payload } = JSON.parse(data);
    if (type === 'connection_ack') {
      subscriptions.forEach((query, id) => send({ type: 'subscribe', id: String(id), payload: { query } }));
    } else if (type === 'next') take(payload);
    else if (type === 'ping') send({ type: 'pong' });
    else if (type === 'error') tellFault(`Orders cannot be followed: ${payload[0].message}`);
  });
  socket.addEventListener('close', ({ code }) => {
    if (signal.aborted) return;
    if (code === 4403) signOut();
    else setTimeout(() => signal.aborted || follow(signal, tellFault), 2_000);
  });
  signal.addEventListener('abort', () => socket.close());
}

function take({ data }) {
  const event = data?.orderCreated ?? data?.orderUpdated;
  if (!event?.order) return;
  const known = orders.get(event.order.id) ?? { events: {} };
  const events = { ...known.events, [event.type]: event.occurredAt };
  orders.delete(event.order.id);
  const isOver = known.order && known.order.status !== 'PENDING';
  orders.set(event.order.id, { order: isOver ? known.order : event.order, events });
  while (orders.size > maxOrders) orders.delete(orders.keys().next().value);
  draw();
}

function draw() {
  const shown = [...orders.values()].toSorted((one, other) => Number(other.order.id) - Number(one.order.id));
  keepList(byId('orders'), shown, { key: ({ order }) => order.id, make, update });
  setText(
    byId('orders-note'),
    isSignedIn()
      ? shown.length > 0
        ? 'Each step is an event: outbox, RabbitMQ, Redis, this page.'
        : 'Listening. Place an order, here or anywhere else.'
      : 'Sign in to follow orders: a customer sees their own, an admin all.',
  );
}

const make = ({ order }) =>
  h(
    'li',
    {},
    h(
      'div',
      { class: 'head' },
      h('b', {}, `Order ${order.id}`),
      h('span', { class: 'total' }),
      h('span', { class: 'pill' }),
    ),
    h('div', { class: 'what' }),
    h('ol', { class: 'steps', 'aria-label': `Steps of order ${order.id}` }, h('li'), h('li'), h('li')),
  );

function update(element, { order, events }) {
  const lines = order.lines.map(
    ({ quantity, product }) => `${quantity} × ${product?.name ?? 'a product that is not known'}`,
  );
  const statuses = Object.keys(events)
    .map((type) => type.slice('order.'.length).toUpperCase())
    .filter((status) => status !== 'CREATED');
  const status = statuses.at(-1) ?? order.status;
  setText(element.querySelector('.total'), order.total?.formatted ?? '');
  setText(element.querySelector('.what'), `${lines.join(', ')}${order.buyer ? `, for ${order.buyer.name}` : ''}`);
  const pill = element.querySelector('.pill');
  pill.className = `pill ${kinds[status] ?? ''}`;
  setText(pill, status.toLowerCase());
  const isOver = status !== 'PENDING';
  const isRefused = status === 'REJECTED';
  const ended = events[`order.${status.toLowerCase()}`];
  const took = ended ? `, ${milliseconds(Date.parse(ended) - Date.parse(order.placedAt))}` : '';
  const steps = [
    ['done', `Placed ${new Date(order.placedAt).toLocaleTimeString('en-GB')}`],
    [
      isOver ? (isRefused ? 'refused' : 'done') : '',
      isOver ? (isRefused ? 'No stock' : 'Stock set aside') : 'Asking for stock',
    ],
    [
      isOver ? (isRefused || status === 'CANCELLED' ? 'refused' : 'done') : '',
      isOver ? `${status.charAt(0)}${status.slice(1).toLowerCase()}${took}` : 'To be confirmed',
    ],
  ];
  [...element.querySelectorAll('.steps li')].forEach((step, index) => {
    step.className = steps[index][0];
    setText(step, steps[index][1]);
  });
}

async function place(tellFault) {
  const query = `mutation ConsoleOrder($id: ID!) { createOrder(input: { lines: [{ productId: $id, quantity: 1 }] }) {
    __typename ... on UserError { message }
  } }`;
  const variables = { id: String(1 + Math.floor(Math.random() * 12)) };
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization() },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  const fault = errors?.[0]?.message ?? data?.createOrder?.message;
  tellFault(fault ? `The order was not placed: ${fault}` : null);
}
