import { createLocalGateway } from '../../http/testing/local-gateway.ts';
import { serveApiDescription, serveApiDocs } from '../api-docs.ts';
import { routes } from '../routes.ts';
import { serveRest } from '../serve-rest.ts';
import { shopRoot, shopSchema } from './shop.ts';

const schema = shopSchema();

/** The routes over a local shop; `call('GET /api/users/1', { body, ...headers })` sends like `curl -d` does. */
export async function startRest(replaced: Parameters<typeof shopRoot>[0] = {}) {
  const gateway = createLocalGateway();
  serveRest(gateway.server, gateway.deps, routes);
  serveApiDescription(gateway.server, routes);
  serveApiDocs(gateway.server);
  gateway.engine.serve(schema, shopRoot(replaced));
  const { url } = await gateway.start();
  const call = async (route: string, { body, ...headers }: Record<string, unknown> = {}) => {
    const [method = 'GET', path = '/'] = route.split(' ');
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = {
      method,
      headers: { ...type, ...headers } as Record<string, string>,
      ...(body === undefined ? {} : { body: text }),
    };
    const response = await fetch(`${url}${path}`, init);
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) };
  };
  return { ...gateway, url, call, close: () => gateway.server.close() };
}
