import type { AgentState, Question } from './answer.ts';
import { serviceTopic } from './catalog.ts';
import type { Catalog } from './catalog.ts';
import type { Service } from './shapes.ts';

/** The instances of the service that a path names, with every tag that the query asks for. */
export const instancesOf = (catalog: Catalog, { parts: [name = ''], query }: Question): Service[] =>
  catalog
    .services()
    .filter((service) => service.Service === name && query.getAll('tag').every((tag) => service.Tags.includes(tag)));

/** The topic of the service that a path names, for blocking queries. */
export const ofService =
  ({ parts: [name = ''] }: Question) =>
  (topic: string): boolean =>
    topic === serviceTopic(name);

/** The one node of this agent, as the API answers it. */
export const nodeOf = (node: AgentState['node']) => ({
  ID: node.id,
  Node: node.name,
  Address: node.address,
  Datacenter: 'dc1',
  TaggedAddresses: { lan: node.address, wan: node.address },
  Meta: {},
  CreateIndex: 1,
  ModifyIndex: 1,
});
