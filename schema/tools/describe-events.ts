import { z } from 'zod';
import { eventCatalog, exchanges } from '../events/catalog.ts';
import { type EventDefinition, envelope } from '../events/event.ts';
import { type EventQueue, eventQueues } from '../events/queues.ts';

const amqp = { bindingVersion: '0.3.0' } as const;
const reference = (path: string) => ({ $ref: `#/${path}` });
const nameOf = (type: string) => type.replace(/\W(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The AsyncAPI document of the house, made from the catalog of events and the table of queues: a channel for each exchange,
 * to which its service sends, and one for each queue, from which its service receives. `texts`: what is said of each type.
 * Source: asyncapi.com/docs/reference/specification/v3.0.0, github.com/asyncapi/bindings/tree/master/amqp
 */
export function describeEvents(texts: ReadonlyMap<string, string>) {
  const events = [...eventCatalog.values()];
  const entries = <Item, Value>(items: readonly Item[], entry: (item: Item) => readonly [string, Value]) =>
    Object.fromEntries(items.map(entry));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Storefront events',
      version: '1.0.0',
      description:
        'What the services tell each other: CloudEvents 1.0 in structured JSON over RabbitMQ, at least once. Generated from schema/events by `npm run schema:events`; do not edit.',
    },
    defaultContentType: 'application/cloudevents+json',
    servers: { local: { host: '127.0.0.1:5672', protocol: 'amqp', protocolVersion: '0.9.1' } },
    channels: {
      ...entries(exchanges, (exchange) => [nameOf(exchange), describeExchange(exchange, events)]),
      ...entries(eventQueues, (queue) => [nameOf(queue.queue), describeQueue(queue)]),
    },
    operations: {
      ...entries(exchanges, (exchange) => [
        `${exchange}Sends`,
        operation('send', exchange, `The service ${exchange} publishes its events, each with its type as routing key.`),
      ]),
      ...entries(eventQueues, ({ queue }) => [
        `${nameOf(queue)}Receives`,
        operation('receive', queue, `The service ${queue.split('.')[0]} takes each event of the queue once.`),
      ]),
    },
    components: {
      messages: entries(events, (event) => [nameOf(event.type), describeMessage(event, texts.get(event.type))]),
      schemas: { envelope: toSchema(envelope.omit({ type: true, data: true, dataversion: true })) },
    },
  };
}

function describeExchange(exchange: string, events: readonly EventDefinition[]) {
  return {
    address: exchange,
    description: `The events of the service ${exchange}.`,
    messages: messagesOf(events.filter((event) => event.exchange === exchange).map(({ type }) => type)),
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: exchange, type: 'topic', durable: true, autoDelete: false },
        ...amqp,
      },
    },
  };
}

function describeQueue({ queue, bindings }: EventQueue) {
  const types = bindings.flatMap(({ routingKeys }) => routingKeys);
  const sources = bindings.map(({ exchange, routingKeys }) => `${exchange} (${routingKeys.join(', ')})`).join('; ');
  return {
    address: queue,
    description: `A quorum queue, bound to ${sources}. What cannot be handled waits in ${queue}.dead.`,
    messages: messagesOf(types),
    bindings: {
      amqp: { is: 'queue', queue: { name: queue, durable: true, exclusive: false, autoDelete: false }, ...amqp },
    },
  };
}

function messagesOf(types: readonly string[]) {
  return Object.fromEntries(types.map((type) => [nameOf(type), reference(`components/messages/${nameOf(type)}`)]));
}

function operation(action: 'send' | 'receive', channel: string, summary: string) {
  return { action, channel: reference(`channels/${nameOf(channel)}`), summary };
}

function describeMessage({ type, version, data }: EventDefinition, text: string | undefined) {
  const facts = {
    type: 'object',
    properties: { type: { const: type }, dataversion: { const: version }, data: toSchema(data) },
    required: ['type', 'dataversion', 'data'],
  };
  return {
    name: type,
    title: type,
    ...(text === undefined ? {} : { summary: text }),
    payload: { allOf: [reference('components/schemas/envelope'), facts] },
  };
}

/** JSON Schema, draft 7: what AsyncAPI's schema objects are built on. */
function toSchema(schema: z.ZodType) {
  const {
    $schema: _dialect,
    additionalProperties: _isClosed,
    ...described
  } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
  });
  return described;
}
