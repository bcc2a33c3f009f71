// The list of what a deleted key had guarded, as text: one line a repository, an image, a layer. docs/design/keys.md.

import { createHash } from 'node:crypto';

/** How many lines there are of each kind. */
export interface ListCounts {
  readonly repositories: number;
  readonly images: number;
  readonly layers: number;
}

export interface ListedRepository {
  readonly arn: string;
  /** Null for one that was deleted or moved to another key before the list was written. */
  readonly id: number | null;
  readonly encryptionType: string;
  /** Digests of manifests, in order. */
  readonly images: readonly string[];
  /** Digests of layers and configurations, in order. */
  readonly layers: readonly string[];
}

export const listHeader = 'sallyport-deletion-list 1\n';

export function repositoryLine({ arn, id, encryptionType }: Pick<ListedRepository, 'arn' | 'id' | 'encryptionType'>) {
  return `repository ${arn} ${id ?? '-'} ${encryptionType}\n`;
}

export function digestLine(kind: 'image' | 'layer', digest: string): string {
  return `${kind} ${digest}\n`;
}

/** The whole text of a list that is small. */
export function listText(repositories: readonly ListedRepository[]): string {
  const lines = repositories.flatMap((repository) => [
    repositoryLine(repository),
    ...repository.images.map((digest) => digestLine('image', digest)),
    ...repository.layers.map((digest) => digestLine('layer', digest)),
  ]);
  return listHeader + lines.join('');
}

const repositoryPattern =
  /^repository (arn:aws:ecr:[a-z0-9-]+:\d{12}:repository\/[a-z0-9._/-]+) (\d+|-) (KMS|KMS_DSSE)$/;
const digestPattern = /^(image|layer) (sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const lineCharsMax = 1024;

/** Reads a list in pieces of any size, in constant memory: its hash, its size, and whether it has the form of one. */
export class ListReader {
  readonly #hash = createHash('sha256');
  readonly #counts = { repositories: 0, images: 0, layers: 0 };
  #bytes = 0;
  #rest = '';
  #line = 0;
  #last = { repository: '', image: '', layer: '' };
  #fault: string | undefined;

  read(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#bytes += piece.length;
    const lines = (this.#rest + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')).split(
      '\n',
    );
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
    if (this.#rest.length > lineCharsMax) this.#blame('is too long');
  }

  /** `fault` says what is wrong with its form; undefined when nothing is. */
  end(): { readonly sha256: string; readonly bytes: number; readonly fault: string | undefined } & ListCounts {
    if (this.#rest !== '') this.#blame('does not end');
    if (this.#line === 0) this.#blame('is missing');
    return { ...this.#counts, sha256: this.#hash.digest('hex'), bytes: this.#bytes, fault: this.#fault };
  }

  #readLine(line: string): void {
    this.#line += 1;
    if (this.#fault !== undefined) return;
    if (this.#line === 1) {
      if (`${line}\n` !== listHeader) this.#blame('is not the header of a list');
      return;
    }
    const [, arn, id] = repositoryPattern.exec(line) ?? [];
    const [, kind, digest] = digestPattern.exec(line) ?? [];
    if (arn !== undefined && id !== undefined) this.#readRepository(arn);
    else if (kind !== undefined && digest !== undefined) this.#readDigest(kind === 'image' ? 'image' : 'layer', digest);
    else this.#blame('is no line of a list');
  }

  /** A repository that is moved to another key may stand there twice, with two slots. */
  #readRepository(arn: string): void {
    if (arn < this.#last.repository) return this.#blame('is out of order');
    this.#last = { repository: arn, image: '', layer: '' };
    this.#counts.repositories += 1;
  }

  #readDigest(kind: 'image' | 'layer', digest: string): void {
    const isLate = kind === 'image' && this.#last.layer !== '';
    if (this.#last.repository === '' || isLate || digest <= this.#last[kind]) return this.#blame('is out of order');
    this.#last[kind] = digest;
    this.#counts[kind === 'image' ? 'images' : 'layers'] += 1;
  }

  #blame(what: string): void {
    this.#fault ??= `line ${Math.max(1, this.#line)} ${what}`;
    this.#rest = '';
  }
}
