// Passwords as they are kept: argon2id, its parameters and salt beside the hash in the PHC string format.

import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '#core/random.ts';

/** OWASP's recommendation: 19 MiB, two passes, one lane; some 30 ms on a thread of the pool. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const tagBytes = 32;

export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(saltBytes);
  const tag = await derive(password, salt, cost);
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** With the parameters that the hash was made with. Throws for a text that is no such hash. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const { memory, passes, parallelism, salt, tag } = argonParts(hash);
  const made = { memory, passes, parallelism };
  const right = Buffer.from(tag, 'base64');
  const given = await derive(password, Buffer.from(salt, 'base64'), made);
  return right.length === given.length && timingSafeEqual(right, given);
}

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/** What a kept hash says of itself. Throws for a text that is no such hash. */
export function argonParts(hash: string): Cost & { readonly salt: string; readonly tag: string } {
  const [, memory, passes, parallelism, salt, tag] = form.exec(hash) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('a kept password is not an argon2id hash');
  return { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism), salt, tag };
}

type Cost = Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism'>;

function derive(password: string, nonce: Buffer, { memory, passes, parallelism }: Cost): Promise<Buffer> {
  // The same letters typed on another keyboard are the same password.
  const message = Buffer.from(password.normalize('NFC'), 'utf8');
  const parameters = { message, nonce, memory, passes, parallelism, tagLength: tagBytes };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
