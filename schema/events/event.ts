import { z } from 'zod';

/** The fields of every event. */
export const envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  type: z.string().min(1),
  source: z.string().min(1),
  subject: z.string().min(1),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataversion: z.number().int().positive(),
  traceparent: z.string().optional(),
  audience: z.array(z.string()),
  data: z.unknown(),
});

/**
 * A fact that one service tells the others: a CloudEvent in structured JSON.
 * `id` is a UUIDv7 and names the event for ever; `subject` is the id of the aggregate; `time` is UTC, ISO 8601;
 * `audience` lists the ids of the users who may see it; `dataversion` is the version of the shape of `data`.
 * Source: CloudEvents 1.0, github.com/cloudevents/spec
 */
export interface DomainEvent<Type extends string = string, Data = unknown> extends Omit<
  z.infer<typeof envelope>,
  'type' | 'data' | 'traceparent'
> {
  readonly type: Type;
  readonly data: Data;
  readonly traceparent?: string | undefined;
}

/** What the producer knows about one event; the rest of the envelope is the same for all of them. */
export interface EventFacts<Data> {
  id: string;
  source: string;
  subject: string;
  time: Date;
  audience: readonly string[];
  traceparent?: string | undefined;
  data: Data;
}

/** One kind of event: its name, where it is published, the version and shape of its data. */
export interface EventDefinition<Type extends string = string, Data = unknown> {
  readonly type: Type;
  /** The topic exchange that carries it; the routing key is `type`. */
  readonly exchange: string;
  readonly version: number;
  readonly data: z.ZodType<Data>;
  /** What the subject is, where another kind of things, with ids of its own, is told of on the same exchange. */
  readonly subjectKind?: string;
  /** Builds an event whose data has been checked. @throws z.ZodError */
  create(facts: EventFacts<Data>): DomainEvent<Type, Data>;
  /** Takes what came over the wire. @throws EventRefused naming every fault */
  parse(input: unknown): DomainEvent<Type, Data>;
}

/** What came over the wire is not the event that it says it is. No retry will change that. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** Defines one kind of event. */
export function defineEvent<Type extends string, Data>(definition: {
  type: Type;
  exchange: string;
  version: number;
  data: z.ZodType<Data>;
  subjectKind?: string;
}): EventDefinition<Type, Data> {
  const { type, version, data } = definition;
  return {
    ...definition,
    create: (facts) => ({
      specversion: '1.0',
      id: facts.id,
      type,
      source: facts.source,
      subject: facts.subject,
      time: facts.time.toISOString(),
      datacontenttype: 'application/json',
      dataversion: version,
      traceparent: facts.traceparent,
      audience: [...facts.audience],
      data: data.parse(facts.data),
    }),
    parse: (input) => {
      const event = parseEnvelope(input);
      if (event.type !== type) throw new EventRefused(`expected an event of type ${type}, got ${event.type}`);
      return { ...event, type, data: read(data, event.data, type) };
    },
  };
}

/** Checks the envelope alone, for those who carry events without knowing them. @throws EventRefused */
export function parseEnvelope(input: unknown): DomainEvent {
  return read(envelope, input, 'event');
}

function read<T>(schema: z.ZodType<T>, input: unknown, name: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new EventRefused(`${name}: ${z.prettifyError(result.error)}`, { cause: result.error });
}
