/** A broker's management API, as far as scenarios need it. */
export interface Management {
  /** Makes a virtual host and returns its URL. */
  createVhost(brokerUrl: string, name: string): Promise<string>;
  deleteVhost(name: string): Promise<void>;
  /** Takes every binding off an exchange and returns what puts them back. */
  unbind(exchange: string): Promise<() => Promise<void>>;
  /** Takes one binding of a queue off an exchange. */
  unbindOne(binding: { exchange: string; queue: string; routingKey: string }): Promise<void>;
}

interface Binding {
  readonly destination: string;
  readonly destination_type: 'queue' | 'exchange';
  readonly routing_key: string;
  readonly properties_key: string;
}

/** Opens the management API at a URL with credentials. */
export function createManagement(managementUrl: string): Management {
  const base = new URL(managementUrl);
  const authorization = `Basic ${btoa(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`)}`;
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(new URL(path, base.origin), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
  const pathOf = (exchange: string, { destination, destination_type: type }: Binding) =>
    `/api/bindings/%2F/e/${exchange}/${type === 'queue' ? 'q' : 'e'}/${destination}`;
  return {
    createVhost: async (brokerUrl, name) => {
      await call('PUT', `/api/vhosts/${name}`);
      await call('PUT', `/api/permissions/${name}/${base.username}`, { configure: '.*', write: '.*', read: '.*' });
      const url = new URL(brokerUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    deleteVhost: async (name) => void (await call('DELETE', `/api/vhosts/${name}`)),
    unbindOne: async ({ exchange, queue, routingKey }) =>
      void (await call('DELETE', `/api/bindings/%2F/e/${exchange}/q/${queue}/${routingKey}`)),
    unbind: async (exchange) => {
      const found = (await call('GET', `/api/exchanges/%2F/${exchange}/bindings/source`)) as Binding[];
      // Forwarding goes first and comes last, as where queues are declared: a part of the bindings is another mishap.
      const bindings = found.toSorted((one, other) => one.destination_type.localeCompare(other.destination_type));
      for (const binding of bindings) await call('DELETE', `${pathOf(exchange, binding)}/${binding.properties_key}`);
      return async () => {
        for (const binding of bindings.toReversed()) {
          await call('POST', pathOf(exchange, binding), { routing_key: binding.routing_key, arguments: {} });
        }
      };
    },
  };
}
