import { type FrontPart, serveFront } from './serve-front.ts';

const [part = 'fastify'] = process.argv.slice(2);
const { url } = await serveFront(part as FrontPart, process.env['REDIS_URL']);
process.stderr.write(`listening ${url}/graphql\n`);
