import { EventEmitter } from 'node:events';
import Consul from 'consul';
import { z } from 'zod';
import type { Instance, ServiceRegistration, ServiceSummary } from './instance.ts';

/** An answer of Consul with the index that a blocking query waits behind. */
export interface Indexed<T> {
  readonly index: number;
  readonly value: T;
}

/** A value in the key-value store; `index` changes with it. */
export interface KeyEntry {
  readonly value: string;
  readonly index: number;
}

/** Where a blocking query goes on: after `index` (0 asks for the present), waiting at most `waitMs`. */
export interface BlockingQuery {
  readonly index: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** The part of Consul's HTTP API that discovery needs. Every call has a deadline. */
export interface ConsulClient {
  services(query: BlockingQuery): Promise<Indexed<ServiceSummary[]>>;
  /** The instances whose checks all pass, by id. */
  passingInstances(name: string, query: BlockingQuery): Promise<Indexed<Instance[]>>;
  /** The ids of what this agent has registered. */
  registeredIds(signal: AbortSignal): Promise<ReadonlySet<string>>;
  register(id: string, service: ServiceRegistration, signal: AbortSignal): Promise<void>;
  deregister(id: string): Promise<void>;
  /** Null when there is no such key. */
  readKey(key: string, query: BlockingQuery): Promise<Indexed<KeyEntry | null>>;
  /** False when `index` is given and not that of the key (0: there must be none): nothing is stored then. */
  writeKey(key: string, value: string, index?: number): Promise<boolean>;
  removeKey(key: string): Promise<void>;
  /** Resolves when Consul has a leader. */
  leader(): Promise<void>;
  /** Ends all connections. */
  close(): void;
}

const callTimeoutMs = 2000;
/** Consul adds up to a sixteenth to the time that a blocking query waits. */
const waitReserve = 1 / 16;

const catalogue = z.record(z.string(), z.array(z.string()));
const service = z.object({
  ID: z.string(),
  Service: z.string(),
  Address: z.string(),
  Port: z.number(),
  Meta: z.record(z.string(), z.string()).nullish(),
  Tags: z.array(z.string()).nullish(),
});
const responseAndBody = z.tuple([z.object({ headers: z.record(z.string(), z.unknown()) })], z.unknown());
const entry = z.object({ Value: z.string().nullish(), ModifyIndex: z.number() }).nullish();
const health = z.array(z.object({ Node: z.object({ Address: z.string() }), Service: service }));

/** Opens a client of the Consul agent at a URL; connects when it is first used. Source: developer.hashicorp.com/consul/api-docs */
export function openConsulClient(consulUrl: string): ConsulClient {
  const { hostname, port, protocol } = new URL(consulUrl);
  const secure = protocol === 'https:';
  const client = new Consul({ host: hostname, port: Number(port || (secure ? 443 : 80)), secure });

  return {
    async services(query) {
      const answer = await block(query, (options) => client.catalog.service.list(options));
      const found = readServices(answer.value);
      return { index: answer.index, value: found.toSorted((a, b) => a.name.localeCompare(b.name)) };
    },
    async passingInstances(name, query) {
      const answer = await block(query, (options) =>
        client.health.service({ ...options, service: name, passing: true }),
      );
      const found = health.parse(answer.value).map(readInstance);
      return { index: answer.index, value: found.toSorted((a, b) => a.id.localeCompare(b.id)) };
    },
    async registeredIds(signal) {
      const { value } = await call(callTimeoutMs, signal, (options) => client.agent.service.list(options));
      return new Set(Object.keys(z.record(z.string(), z.unknown()).parse(value)));
    },
    async register(id, registration, signal) {
      const description = describe(id, registration);
      await call(callTimeoutMs, signal, (options) => client.agent.service.register({ ...description, ...options }));
    },
    async deregister(id) {
      await call(callTimeoutMs, undefined, (options) => client.agent.service.deregister({ id, ...options }));
    },
    async readKey(key, query) {
      const { index, value } = await block(query, (options) => client.kv.get({ ...options, key }));
      const found = entry.parse(value);
      return { index, value: found ? { value: found.Value ?? '', index: found.ModifyIndex } : null };
    },
    async writeKey(key, value, index) {
      const given = { key, value, ...(index === undefined ? {} : { cas: index }) };
      const answer = await call(callTimeoutMs, undefined, (options) => client.kv.set({ ...given, ...options }));
      return answer.value === true;
    },
    async removeKey(key) {
      await call(callTimeoutMs, undefined, (options) => client.kv.del({ key, ...options }));
    },
    async leader() {
      const { value } = await call(callTimeoutMs / 2, undefined, (options) => client.status.leader(options));
      if (typeof value !== 'string' || value === '') throw new Error('Consul has no leader');
    },
    close: () => client.destroy(),
  };
}

/** The client's types know neither of the last two. */
type CallOptions = { token?: string; ctx: EventEmitter; timeout: number };

/** The client takes an emitter of `cancel` for a signal, and hands the response over with the body when it is told to. */
async function call(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  send: (options: CallOptions) => Promise<unknown>,
) {
  signal?.throwIfAborted();
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
  const cancel = () => void ctx.emit('cancel');
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const answer = await send({ ctx, timeout: timeoutMs });
    const [response, value] = responseAndBody.parse(answer);
    return { headers: response.headers, value };
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function block(
  { index, waitMs, signal }: BlockingQuery,
  send: (options: CallOptions & { index: string; wait: string }) => Promise<unknown>,
): Promise<Indexed<unknown>> {
  const timeoutMs = waitMs * (1 + waitReserve) + callTimeoutMs;
  const { headers, value } = await call(timeoutMs, signal, (options) =>
    send({ ...options, index: String(index), wait: `${waitMs}ms` }),
  );
  const given = Number(headers['x-consul-index']);
  return { index: Number.isSafeInteger(given) ? given : 0, value };
}

function readServices(value: unknown): ServiceSummary[] {
  return Object.entries(catalogue.parse(value)).map(([name, tags]) => ({ name, tags: tags.toSorted() }));
}

function readInstance({ Node, Service }: z.infer<typeof health>[number]): Instance {
  const { ID: id, Service: name, Port: port, Meta, Tags } = Service;
  return { id, name, address: Service.Address || Node.Address, port, meta: Meta ?? {}, tags: Tags ?? [] };
}

function describe(id: string, { name, address, port, tags, meta }: ServiceRegistration) {
  const host = address.includes(':') ? `[${address}]` : address;
  const check = {
    name: `${name} lives`,
    http: `http://${host}:${port}/health`,
    interval: '10s',
    timeout: '2s',
    status: 'passing',
    deregistercriticalserviceafter: '1m',
  };
  return { id, name, address, port, tags: [...tags], meta: { ...meta }, check };
}
