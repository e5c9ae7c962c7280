import type { ConsumeMessage } from 'amqplib';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { type Span, trace, type Tracer } from '../telemetry/tracer.ts';
import type { Publisher } from './publisher.ts';

/**
 * The same publishing, with a span for each event: in the trace of what the event tells, for whom the event itself carries the way
 * back, and with a header for whoever handles it. Source: opentelemetry.io/docs/specs/semconv/messaging/rabbitmq
 */
export function tracePublishing(publish: Publisher['publish'], tracer: Tracer): Publisher['publish'] {
  return (event, exchange) =>
    trace(
      tracer,
      [
        `publish ${exchange}`,
        {
          kind: 'producer',
          parent: event.traceparent,
          isRemote: true,
          attributes: {
            'messaging.system': 'rabbitmq',
            'messaging.operation.name': 'publish',
            'messaging.operation.type': 'send',
            'messaging.destination.name': `${exchange}:${event.type}`,
            'messaging.rabbitmq.destination.routing_key': event.type,
            'messaging.message.id': event.id,
          },
        },
      ],
      (span) => publish(event, exchange, span.traceparent),
    );
}

/**
 * The same handling, with a span under that of the publisher, linked to what the event tells of. Statements run in its course, and
 * the handler gets the event with this span as its trace, so that what it announces stands below.
 */
export function traceHandling(
  handle: (event: DomainEvent) => Promise<void>,
  queue: string,
  tracer: Tracer,
): (event: DomainEvent, message: ConsumeMessage) => Promise<void> {
  const handleAll = traceHandlingAll(([event]) => (event ? handle(event) : Promise.resolve()), queue, tracer);
  return (event, message) => handleAll([event], [message]);
}

/** The same for events that are handled together: each has its own span, in its own trace; statements stand below the first. */
export function traceHandlingAll(
  handleAll: (events: readonly DomainEvent[]) => Promise<void>,
  queue: string,
  tracer: Tracer,
): (events: readonly DomainEvent[], messages: readonly ConsumeMessage[]) => Promise<void> {
  return async (events, messages) => {
    const spans = events.map((event, at) => startHandling(tracer, queue, event, messages[at]));
    const [first] = spans;
    const traced = events.map((event, at) => ({ ...event, traceparent: spans[at]?.traceparent ?? event.traceparent }));
    try {
      await (first ? tracer.within(first, () => handleAll(traced)) : handleAll(traced));
    } catch (fault) {
      for (const span of spans) span.fail(fault);
      throw fault;
    } finally {
      for (const span of spans) span.end();
    }
  };
}

function startHandling(tracer: Tracer, queue: string, event: DomainEvent, message: ConsumeMessage | undefined): Span {
  return tracer.start(`process ${queue}`, {
    kind: 'consumer',
    parent: (message && traceOf(message).traceparent) ?? event.traceparent,
    isRemote: true,
    links: [event.traceparent],
    attributes: {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      'messaging.rabbitmq.destination.routing_key': event.type,
      'messaging.message.id': event.id,
    },
  });
}

/** The header that says in which span a message was published, when it has one. */
export function traceOf({ properties }: Pick<ConsumeMessage, 'properties'>): { readonly traceparent?: string } {
  const traceparent: unknown = properties.headers?.['traceparent'];
  return typeof traceparent === 'string' ? { traceparent } : {};
}
