import { join } from 'node:path';
import type { ControlAddress } from './control.ts';
import { type Instance, labelOf } from './fleet.ts';
import type { Secrets } from './secrets.ts';
import type { Ports } from './servers/server.ts';
import type { Backends, ServiceName } from './services.ts';
import { configurationOf, documentedMetricsPort, documentedPorts, serviceNames } from './services.ts';

/** How many there shall be of each service, and what they work with. */
export type InstancePlan = {
  readonly backends: Backends;
  readonly secrets: Secrets;
  readonly replicas: number | Partial<Readonly<Record<ServiceName, number>>> | undefined;
};

/** Where the instances get their ports and folders. */
export type InstanceGround = {
  readonly folder: { readonly folder: string };
  readonly ports: Ports;
  readonly control: ControlAddress;
};

/** Gives every instance its port and its configuration, the first of each service first. */
export async function planInstances(
  { folder, ports, control }: InstanceGround,
  { backends, secrets, replicas = 1 }: InstancePlan,
): Promise<readonly Instance[]> {
  const countOf = (name: ServiceName) => (typeof replicas === 'number' ? replicas : (replicas[name] ?? 1));
  const instances: Instance[] = [];
  for (let index = 0; index < Math.max(...serviceNames.map((name) => countOf(name))); index += 1) {
    for (const name of serviceNames.filter((one) => index < countOf(one))) {
      const port = await ports.choose(labelOf({ name, index }), documentedPorts[name]);
      const configuration = configurationOf(name, port, { backends, secrets });
      if (name === 'gateway') {
        const metricsPort = await ports.choose(`metrics of ${labelOf({ name, index })}`, documentedMetricsPort);
        Object.assign(configuration, {
          METRICS_PORT: String(metricsPort),
          LAST_GOOD_FOLDER: join(folder.folder, 'last-good', labelOf({ name, index })),
          STACK_CONTROL_URL: control.url,
          STACK_CONTROL_TOKEN: control.token,
        });
      }
      instances.push({ name, index, port, configuration });
    }
  }
  return instances;
}
