// Writes the list of what a deleted key had guarded, a part at a time: a kill loses one part, and memory holds one.

import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { parseArn } from '#core/arn.ts';
import { limits } from '#core/limits.ts';
import {
  type ErasedContentTables,
  findSlotContent,
  listImageDigests,
  listLayerDigests,
  type SlotContent,
} from '#registry/erasure/tables.ts';
import type { Database } from '#stores/sql/database.ts';
import { digestLine, ListReader, listHeader, repositoryLine } from './deletion-list.ts';
import {
  type ErasedRepositoryRow,
  type ErasureRow,
  type ErasureTables,
  findListPart,
  insertListPart,
  nextErasedRepository,
  updateErasure,
} from './tables.ts';

type Tables = ErasureTables & ErasedContentTables;

/** Where the list goes on; kept as JSON. */
export interface ListCursor {
  /** How many parts there are. */
  readonly parts: number;
  readonly isWhole: boolean;
  /** The last repository that has a line. */
  readonly arn: string;
  readonly slotId: string;
  /** Of its digests, those of this kind after this one are next; none are when it is undefined. */
  readonly next?: { readonly content: SlotContent; readonly kind: 'image' | 'layer'; readonly after: string };
}

const start: ListCursor = { parts: 0, isWhole: false, arn: '', slotId: '' };
const pageDigests = 500;
const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

export function cursorOf({ listed }: Pick<ErasureRow, 'listed'>): ListCursor {
  // Written by `writePart` below, and by nobody else.
  return listed === null ? start : (JSON.parse(listed) as ListCursor);
}

/** One part more, durable with the place where the next begins. */
export async function writePart(database: Database, { erasure_id, listed }: ErasureRow): Promise<ListCursor> {
  const tables = database.tables<Tables>();
  let cursor = cursorOf({ listed });
  const part = cursor.parts;
  const lines: string[] = part === 0 ? [listHeader] : [];
  while (lines.length < limits.deletionListPartLines && !cursor.isWhole) {
    cursor = cursor.next === undefined ? await beginNext() : await goOn(cursor.next);
  }
  cursor = { ...cursor, parts: part + 1 };
  const packed = await pack(Buffer.from(lines.join('')));
  await database.transact<ErasureTables, void>(async (transaction) => {
    await insertListPart(transaction, { erasure_id, part, lines: packed });
    await updateErasure(transaction, erasure_id, { listed: JSON.stringify(cursor) });
  });
  return cursor;

  async function beginNext(): Promise<ListCursor> {
    const row = await nextErasedRepository(tables, erasure_id, cursor);
    if (row === undefined) return { ...cursor, isWhole: true };
    const content = await findSlotContent(tables, ownerOf(row), row.slot_id);
    const { repository_arn: arn, slot_id: slotId, type: encryptionType } = row;
    lines.push(repositoryLine({ arn, id: content?.repositoryId ?? null, encryptionType }));
    const { next: _done, ...place } = { ...cursor, arn, slotId };
    return content === undefined ? place : { ...place, next: { content, kind: 'image', after: '' } };
  }

  async function goOn({ content, kind, after }: NonNullable<ListCursor['next']>): Promise<ListCursor> {
    const list = kind === 'image' ? listImageDigests : listLayerDigests;
    const digests = await list(tables, content, after, pageDigests);
    for (const digest of digests) lines.push(digestLine(kind, digest));
    const last = digests.at(-1);
    if (last !== undefined && digests.length === pageDigests) {
      return { ...cursor, next: { content, kind, after: last } };
    }
    if (kind === 'image') return { ...cursor, next: { content, kind: 'layer', after: '' } };
    const { next: _done, ...place } = cursor;
    return place;
  }
}

/** The lines of one part, from 0; undefined when there is none. */
export async function readPart(
  database: Pick<Database, 'tables'>,
  erasureId: string,
  part: number,
): Promise<Buffer | undefined> {
  const row = await findListPart(database.tables<ErasureTables>(), erasureId, part);
  return row && (await unpack(row.lines));
}

/** Hash and counts of a list that is whole, part by part; its text too, where it has at most so many bytes. */
export async function readWholeList(database: Database, erasureId: string, textBytesMax: number) {
  const reader = new ListReader();
  let kept: Buffer[] | undefined = [];
  let bytes = 0;
  for (let part = 0; ; part += 1) {
    const lines = await readPart(database, erasureId, part);
    if (lines === undefined) break;
    reader.read(lines);
    bytes += lines.length;
    if (bytes > textBytesMax) kept = undefined;
    kept?.push(lines);
  }
  return { ...reader.end(), text: kept && Buffer.concat(kept).toString('latin1') };
}

function ownerOf({ repository_arn }: ErasedRepositoryRow) {
  const { accountId = '', region = '', resource = '' } = parseArn(repository_arn) ?? {};
  return { accountId, region, name: resource.slice('repository/'.length) };
}
