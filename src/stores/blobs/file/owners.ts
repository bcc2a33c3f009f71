// Who writes in a folder of temporary files: a process, named by its id and a UUID, since ids come again.

import { codeOf } from './faults.ts';

/** A container's first process has the same id in each of its lives: only this list tells them apart. */
const ours = new Set<string>();

/** The name of a folder that this process owns for as long as it runs. */
export function newOwner(uuid: string): string {
  const name = `${process.pid}-${uuid}`;
  ours.add(name);
  return name;
}

/** False when nobody can be writing there. True in doubt: then the folder is swept another time. */
export function isOwnerAlive(name: string): boolean {
  if (ours.has(name)) return true;
  const id = Number(/^([1-9][0-9]{0,9})-/.exec(name)?.[1]);
  if (Number.isNaN(id) || id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
