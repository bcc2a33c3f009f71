// The bridge: the next root key under the one that is here, as long as a rotation lasts, so that any start can go on.

import type { Random } from '#core/random.ts';
import { readPrivateFile, replacePrivateFile } from './private-files.ts';
import type { RootKey } from './root-key.ts';
import { holdRootKeys } from './root-keys.ts';
import { openRootWrapping, rootIdOf } from './wrapping.ts';

const purpose = 'wrap-next-root';
const form = /^sallyport-root-bridge 1\nto ([0-9a-f]{16})\nunder ([0-9a-f]{138})\n$/;
const fileBytesMax = 256;

export async function writeBridge(file: string, from: RootKey, to: RootKey, random: Random): Promise<void> {
  const wrapped = openRootWrapping(holdRootKeys(from), purpose, random).wrap(to.id, to.bytes);
  const text = `sallyport-root-bridge 1\nto ${to.id}\nunder ${wrapped.toString('hex')}\n`;
  await replacePrivateFile(file, text, random.uuid());
}

/** Undefined when there is none, or one from another key: that rotation is over. Throws when it is damaged. */
export async function crossBridge(file: string, from: RootKey, random: Random): Promise<RootKey | undefined> {
  const text = await readPrivateFile(file, fileBytesMax, 'The key');
  if (text === undefined) return undefined;
  const [, id, hex] = form.exec(text) ?? [];
  if (id === undefined || hex === undefined) throw new Error(`${file} is not one of ours: restore it from its backup.`);
  const wrapped = Buffer.from(hex, 'hex');
  if (rootIdOf(wrapped) !== from.id) return undefined;
  return { id, bytes: openRootWrapping(holdRootKeys(from), purpose, random).unwrap(id, wrapped) };
}
