import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What answers some of the requests of a route in the place of its handler. */
export interface Diversion {
  /** Asked for each request of the route, so it must be quick. */
  takes(request: FastifyRequest): boolean;
  answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Lets a diversion answer what it takes of a route that is added later; all else goes on to the route's own handler. */
export function divert(server: FastifyInstance, url: string, { takes, answer }: Diversion): void {
  const preHandler = (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    if (!takes(request)) return next();
    answer(request, reply).catch((fault: unknown) => {
      if (reply.sent) reply.raw.destroy();
      else reply.send(fault);
    });
  };
  server.addHook('onRoute', (route) => {
    if (route.url !== url) return;
    route.preHandler = [...[route.preHandler ?? []].flat(), preHandler];
  });
}
