import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchArguments } from './arguments.ts';
import type { Entrant } from './gateways/field.ts';
import { runWrk } from './load/run-wrk.ts';
import { describeRun, loadCore, results, tell } from './place.ts';
import { readUsage } from './processes.ts';
import { median, writeMarkdown } from './table.ts';
import { workloads } from './workloads.ts';

/** The memory of a process in the course of a load. */
export interface Sample {
  readonly seconds: number;
  readonly rssMb: number;
}

/** What a course of samples comes to: medians of its first and last quarter, growth over its second half. */
export interface Course {
  readonly firstMb: number;
  readonly lastMb: number;
  readonly highestMb: number;
  /** Of the straight line through the second half (least squares). */
  readonly slopeMbPerMinute: number;
}

/**
 * Loads each gateway once for a long time with the operations of the workload `mixed`, every request with an Authorization of
 * its own, so that whatever is kept per caller or per request would pile up; prints what happens to its memory.
 */
export async function soak(
  entrants: readonly Entrant[],
  options: BenchArguments & { readonly soakSeconds: number },
): Promise<void> {
  const bodiesPath = join(results, 'soak.txt');
  await writeFile(bodiesPath, `${workloads.find(({ name }) => name === 'mixed')?.bodies.join('\n')}\n`);
  const courses: { name: string; title: string; requests: number; failed: number; samples: readonly Sample[] }[] = [];
  for (const { name, url, pid, gateway, fault } of entrants) {
    if (fault) continue;
    const samples: Sample[] = [];
    const watch = watchMemory(pid, options.soakSeconds, (sample) => {
      samples.push(sample);
      tell(`${name} ${sample.seconds.toFixed(0)}/${options.soakSeconds} s: ${sample.rssMb.toFixed(0)} MB`);
    });
    const { soakSeconds: seconds, connections } = options;
    const load = { url, bodiesPath, uniqueAuthorization: true, seconds, connections, core: loadCore };
    const { requests, failed } = await runWrk(load).finally(() => clearInterval(watch));
    courses.push({ name, title: gateway.title, requests, failed, samples });
  }
  const text = `${writeCourses(courses)}\n\n${describeRun({ ...options, rounds: 1, seconds: options.soakSeconds })}\n`;
  process.stdout.write(`\n${text}`);
  await writeFile(join(results, 'soak.md'), text);
  await writeFile(options.jsonPath ?? join(results, 'soak.json'), `${JSON.stringify({ options, courses }, null, 2)}\n`);
}

/** Every five seconds, and often enough for twelve samples in a short run. */
function watchMemory(pid: number, seconds: number, onSample: (sample: Sample) => void) {
  const startedAt = performance.now();
  const everyMs = Math.min(5_000, (seconds * 1_000) / 12);
  return setInterval(() => {
    onSample({ seconds: (performance.now() - startedAt) / 1_000, rssMb: readUsage(pid).rssBytes / 1024 / 1024 });
  }, everyMs);
}

/** Boils samples down. @throws RangeError for fewer than four */
export function describeCourse(samples: readonly Sample[]): Course {
  if (samples.length < 4) throw new RangeError('a course needs four samples');
  const memory = samples.map(({ rssMb }) => rssMb);
  const quarter = Math.floor(samples.length / 4);
  return {
    firstMb: median(memory.slice(0, quarter)),
    lastMb: median(memory.slice(-quarter)),
    highestMb: Math.max(...memory),
    slopeMbPerMinute: slopeOf(samples.slice(samples.length / 2)) * 60,
  };
}

function slopeOf(samples: readonly Sample[]): number {
  const mean = (read: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const [meanSeconds, meanMb] = [mean(({ seconds }) => seconds), mean(({ rssMb }) => rssMb)];
  const covariance = mean(({ seconds, rssMb }) => (seconds - meanSeconds) * (rssMb - meanMb));
  return covariance / mean(({ seconds }) => (seconds - meanSeconds) ** 2);
}

function writeCourses(
  courses: readonly { title: string; requests: number; failed: number; samples: readonly Sample[] }[],
): string {
  return writeMarkdown(
    ['gateway', 'requests', 'failed', 'first quarter MB', 'last quarter MB', 'highest MB', 'slope MB/min, second half'],
    courses.map(({ title, requests, failed, samples }) => {
      const { firstMb, lastMb, highestMb, slopeMbPerMinute } = describeCourse(samples);
      const memory = [firstMb, lastMb, highestMb].map((figure) => figure.toFixed(0));
      return [title, String(requests), String(failed), ...memory, slopeMbPerMinute.toFixed(2)];
    }),
    1,
  );
}
