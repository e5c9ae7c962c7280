import type { Redis } from 'ioredis';
import type { Tracer } from '../telemetry/tracer.ts';
import { PackingRedis } from './packing-redis.ts';

type SendCommand = Redis['sendCommand'];

/**
 * A connection that makes a span of each command which is sent in the course of another span. Keys and values are not told: they
 * hold ids and addresses. Source: opentelemetry.io/docs/specs/semconv/database/redis
 */
export function tracedRedis(tracer: Tracer): typeof Redis {
  return class TracedRedis extends PackingRedis {
    override sendCommand(...given: Parameters<SendCommand>): ReturnType<SendCommand> {
      if (!tracer.active?.isRecorded) return super.sendCommand(...given);
      const [{ name, promise }] = given;
      const operation = name.toUpperCase();
      const span = tracer.start(operation, {
        kind: 'client',
        attributes: { 'db.system.name': 'redis', 'db.operation.name': operation },
      });
      const settle = (fault?: unknown) => {
        if (fault !== undefined) span.fail(fault);
        span.end();
      };
      Promise.resolve(promise).then(() => settle(), settle);
      return super.sendCommand(...given);
    }
  };
}
