// For tests: a disk in memory that loses what was not synced. A power cut drops, tears and reorders the rest by chance.

import { DiskFile } from './disk-file.ts';
import type { Chance } from './seeded-chance.ts';

type Node = DiskFile | DiskFolder;

/** What became of each file: one with two names is one file afterwards too. */
type Survivors = Map<DiskFile, DiskFile>;

/** One name that was given, or taken away (undefined), and is not synced yet. */
interface NameChange {
  readonly name: string;
  readonly node: Node | undefined;
}

class DiskFolder {
  readonly names: Map<string, Node>;
  readonly #durable: Map<string, Node>;
  #changes: NameChange[] = [];

  constructor(names: ReadonlyMap<string, Node> = new Map()) {
    this.names = new Map(names);
    this.#durable = new Map(names);
  }

  change(name: string, node: Node | undefined): void {
    apply(this.names, { name, node });
    this.#changes.push({ name, node });
  }

  sync(): void {
    for (const change of this.#changes) apply(this.#durable, change);
    this.#changes = [];
  }

  /** Of each name's changes some first ones have come to the disk, independently of all other names'. */
  afterPowerCut(chance: Chance, survivors: Survivors): DiskFolder {
    const kept = new Map(this.#durable);
    const fates = new Map<string, number>();
    const countOf = (name: string) => this.#changes.filter((change) => change.name === name).length;
    for (const change of this.#changes) {
      const left = fates.get(change.name) ?? Math.floor(chance() * (countOf(change.name) + 1));
      fates.set(change.name, left - 1);
      if (left > 0) apply(kept, change);
    }
    return new DiskFolder(new Map([...kept].map(([name, node]) => [name, survivorOf(node, chance, survivors)])));
  }
}

function survivorOf(node: Node, chance: Chance, survivors: Survivors): Node {
  if (node instanceof DiskFolder) return node.afterPowerCut(chance, survivors);
  const survivor = survivors.get(node) ?? node.afterPowerCut(chance);
  survivors.set(node, survivor);
  return survivor;
}

function apply(names: Map<string, Node>, { name, node }: NameChange): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

/** Paths are absolute; every call takes effect at once, and is durable only as POSIX promises. */
export class VolatileDisk {
  readonly #root: DiskFolder;

  constructor(root = new DiskFolder()) {
    this.#root = root;
  }

  /** What is found when the power is back; this disk stays as it is. */
  afterPowerCut(chance: Chance): VolatileDisk {
    return new VolatileDisk(this.#root.afterPowerCut(chance, new Map()));
  }

  /** Makes a folder and its parents; the first one that was made. */
  makeFolder(path: string): string | undefined {
    let folder = this.#root;
    let first: string | undefined;
    let at = '';
    for (const name of namesOf(path)) {
      at += `/${name}`;
      const found = folder.names.get(name);
      if (found instanceof DiskFile) throw fault('EEXIST', path);
      const next = found ?? new DiskFolder();
      if (found === undefined) folder.change(name, next);
      if (found === undefined) first ??= at;
      folder = next;
    }
    return first;
  }

  createFile(path: string): DiskFile {
    const { folder, name } = this.#place(path);
    if (folder.names.has(name)) throw fault('EEXIST', path);
    const file = new DiskFile();
    folder.change(name, file);
    return file;
  }

  file(path: string): DiskFile {
    const { folder, name } = this.#place(path);
    const found = folder.names.get(name);
    if (found instanceof DiskFile) return found;
    throw fault('ENOENT', path);
  }

  has(path: string): boolean {
    const { folder, name } = this.#place(path);
    return folder.names.has(name);
  }

  link(from: string, to: string): void {
    const file = this.file(from);
    const { folder, name } = this.#place(to);
    if (folder.names.has(name)) throw fault('EEXIST', to);
    folder.change(name, file);
  }

  unlink(path: string): void {
    const { folder, name } = this.#place(path);
    if (!(folder.names.get(name) instanceof DiskFile)) throw fault('ENOENT', path);
    folder.change(name, undefined);
  }

  /** A file, or a folder with all that is in it; nothing when there is none. */
  removeTree(path: string): void {
    const { folder, name } = this.#place(path);
    if (folder.names.has(name)) folder.change(name, undefined);
  }

  syncFolder(path: string): void {
    this.#folder(path).sync();
  }

  list(path: string): ReadonlyArray<{ readonly name: string; readonly isFolder: boolean }> {
    return [...this.#folder(path).names].map(([name, node]) => ({ name, isFolder: node instanceof DiskFolder }));
  }

  #folder(path: string): DiskFolder {
    let folder = this.#root;
    for (const name of namesOf(path)) {
      const next = folder.names.get(name);
      if (!(next instanceof DiskFolder)) throw fault('ENOENT', path);
      folder = next;
    }
    return folder;
  }

  #place(path: string): { readonly folder: DiskFolder; readonly name: string } {
    const at = path.lastIndexOf('/');
    return { folder: this.#folder(path.slice(0, at)), name: path.slice(at + 1) };
  }
}

function namesOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '');
}

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
