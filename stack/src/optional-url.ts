import { StackFault } from './fault.ts';

/**
 * Reads an optional URL as `{ [key]: url }`, or `{}` when the variable is unset or empty.
 * @throws StackFault when it is not a URL of one of the protocols; the message does not repeat it
 */
export function optionalUrl<Key extends string>(
  key: Key,
  variable: string,
  environment: NodeJS.ProcessEnv,
  protocols: readonly string[],
): { readonly [Name in Key]?: string } {
  const url = environment[variable];
  if (url === undefined || url === '') return {};
  if (!URL.canParse(url)) throw new StackFault(`${variable} is not a URL (wanted: ${protocols[0]}//...)`);
  if (!protocols.includes(new URL(url).protocol))
    throw new StackFault(`${variable} is a ${new URL(url).protocol} URL (wanted: ${protocols.join(' or ')})`);
  return { [key]: url } as { [Name in Key]: string };
}
