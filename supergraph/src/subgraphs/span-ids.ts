import { randomFillSync } from 'node:crypto';

const idBytes = 8;
const idsPerBlock = 256;

/** Makes random span ids of 16 hexadecimal digits. Randomness is fetched for 256 at a time: one by one it costs more than the rest of the header. */
export function createSpanIds(): () => string {
  const block = Buffer.alloc(idBytes * idsPerBlock);
  let used = block.length;
  return () => {
    if (used === block.length) {
      randomFillSync(block);
      used = 0;
    }
    used += idBytes;
    return block.toString('hex', used - idBytes, used);
  };
}
