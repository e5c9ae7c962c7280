import { readFileSync } from 'node:fs';
import mercuriusGateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';

/** What the bench wrote: [{ name, url, schema }]. */
const services = JSON.parse(readFileSync(process.env.SERVICES_PATH, 'utf8'));
const rewriteHeaders = ({ authorization }) => (authorization ? { authorization } : {});

const app = Fastify();
app.register(mercuriusGateway, {
  jit: 0,
  gateway: {
    services: services.map((service) => ({ ...service, rewriteHeaders, keepAlive: 30_000, connections: 64 })),
  },
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
