import type { Discovery, Instance } from '@storefront/platform/discovery/discovery.ts';

/** One service and the one place where it is. */
export interface FixedService {
  readonly name: string;
  readonly url: URL;
  readonly tags: readonly string[];
}

/** Discovery without a catalogue: what is there was written down beforehand and never changes. Registers nobody. */
export function createFixedDiscovery(
  services: readonly FixedService[],
): Pick<Discovery, 'register' | 'watchServices' | 'watchInstances'> {
  const watch = { close: () => undefined };
  return {
    register: async () => ({ deregister: async () => undefined }),
    watchServices(onChange, { tag } = {}) {
      onChange(services.filter(({ tags }) => tag === undefined || tags.includes(tag)).map(describeService));
      return watch;
    },
    watchInstances(name, onChange) {
      onChange(services.filter((service) => service.name === name).map(toInstance));
      return watch;
    },
  };
}

function describeService({ name, tags }: FixedService) {
  return { name, tags: [...tags] };
}

function toInstance({ name, url, tags }: FixedService): Instance {
  const scheme = url.protocol.slice(0, -1);
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80);
  const path = `${url.pathname}${url.search}`;
  const address = url.hostname.replace(/^\[(.+)\]$/, '$1');
  return { id: name, name, address, port, tags: [...tags], meta: { scheme, graphqlPath: path, jwksPath: path } };
}
