import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A Kubernetes object, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly data?: Record<string, string>;
  // oxlint-disable-next-line typescript/no-explicit-any -- its type is checked as a whole, against Kubernetes' own
  readonly spec?: any;
}

/** Where everything about Kubernetes is. */
export const kubernetesFolder = 'deploy/kubernetes';

/** The objects of a YAML file. @throws Error for a file that is not YAML */
export function readManifests(file: string): Manifest[] {
  return parseManifests(readFileSync(file, 'utf8'), file);
}

/** What `kubectl kustomize` makes of a folder, or null where there is no kubectl. */
export function renderManifests(folder: string): Manifest[] | null {
  const program = (process.env['PATH'] ?? '')
    .split(':')
    .map((place) => join(place, 'kubectl'))
    .find(existsSync);
  if (!program) return null;
  return parseManifests(execFileSync(program, ['kustomize', folder], { encoding: 'utf8', stdio: 'pipe' }), folder);
}

/** The YAML files below a folder. */
export const yamlFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file));

/** The resources that a kustomization names, its own folder's files alone. */
export function resourcesOf(folder: string): string[] {
  const [kustomization] = readManifests(join(folder, 'kustomization.yaml')) as unknown as { resources: string[] }[];
  return (kustomization?.resources ?? []).filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name));
}

const groups: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'policy/v1': 'policy/v1',
  'autoscaling/v2': 'autoscaling/v2',
  'networking.k8s.io/v1': 'networking/v1',
};

/**
 * What is wrong with objects by Kubernetes' own schemas, which the package kubernetes-types holds as types: unknown fields, missing
 * ones, values of another kind. One line for each fault, none when all is well.
 */
export function faultsOf(manifests: readonly Manifest[]): string[] {
  mkdirSync('node_modules/.cache', { recursive: true });
  const folder = mkdtempSync(resolve('node_modules/.cache/manifests-'));
  try {
    const checked = manifests.map((manifest) => {
      const module = groups[manifest.apiVersion];
      if (!module) throw new Error(`no schema for ${manifest.apiVersion} ${manifest.kind}`);
      return `(${JSON.stringify(manifest, null, 1)}) satisfies import('kubernetes-types/${module}').${manifest.kind};`;
    });
    writeFileSync(join(folder, 'manifests.ts'), `export {};\n${checked.join('\n')}\n`);
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: 'preserve',
      target: 'es2022',
      types: [],
      skipLibCheck: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifests.ts'] }));
    execFileSync('node_modules/.bin/tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (typeof stdout !== 'string') throw error;
    return stdout.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parseManifests(text: string, origin: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [fault] = document.errors;
    if (fault) throw new Error(`${origin}: ${fault.message}`);
    return document.toJS() as Manifest;
  });
}
