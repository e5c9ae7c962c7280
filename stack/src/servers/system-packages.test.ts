import { describe, expect, it } from '@jest/globals';
import { adviceFor, rabbitmqProgram, redisProgram } from './system-packages.ts';

describe('a program that is missing and cannot be installed', () => {
  it.each([
    ['darwin', ['brew'], 'brew install redis rabbitmq'],
    ['linux', ['apt-get'], 'sudo apt-get install redis-server rabbitmq-server'],
    ['linux', ['dnf'], 'sudo dnf install redis rabbitmq-server'],
  ])(
    'is explained on %s with %j by the command to type, the variables and the Docker way',
    (platform, programs, command) => {
      const advice = adviceFor([redisProgram, rabbitmqProgram], {
        platform,
        has: (program) => programs.includes(program),
      });

      expect(advice).toContain(`Redis and RabbitMQ are not installed. Install with "${command}"`);
      expect(advice).toContain('REDIS_URL and RABBITMQ_URL');
      expect(advice).toContain('docker compose up');
    },
  );
});
