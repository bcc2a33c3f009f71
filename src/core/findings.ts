// What a verification finds: damage with what to do about it, notes that are no damage, and how much was looked at.

import type { Digest } from './digest.ts';

/** An image that somebody would miss. */
export interface NamedImage {
  /** `<account>/<region>`. */
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

export interface Damage {
  /** What is damaged: `layer sha256:…`, `page 12 of sallyport.db`. */
  readonly subject: string;
  readonly what: string;
  /** What to do. */
  readonly remedy: string;
  readonly digest?: Digest;
  /** Images that are concerned; the first ones of many. */
  readonly images?: readonly NamedImage[];
}

export interface Findings {
  damage(damage: Damage): void;
  /** Something to know that takes nothing away from anybody. */
  note(line: string): void;
  count(what: string, by?: number): void;
}

export interface FindingsReport {
  readonly good: boolean;
  readonly damage: readonly Damage[];
  /** Damage beyond the list's bound. */
  readonly damageOmitted: number;
  readonly notes: readonly string[];
  readonly notesOmitted: number;
  readonly counts: Readonly<Record<string, number>>;
}

const listedMax = 1000;

export function collectFindings(): Findings & { report(): FindingsReport } {
  const damage: Damage[] = [];
  const notes: string[] = [];
  const counts: Record<string, number> = {};
  const omitted = { damage: 0, notes: 0 };
  return {
    damage(one) {
      if (damage.length < listedMax) damage.push(one);
      else omitted.damage += 1;
    },
    note(line) {
      if (notes.length < listedMax) notes.push(line);
      else omitted.notes += 1;
    },
    count(what, by = 1) {
      counts[what] = (counts[what] ?? 0) + by;
    },
    report: () => ({
      good: damage.length === 0,
      ...{ damage, damageOmitted: omitted.damage, notes, notesOmitted: omitted.notes, counts },
    }),
  };
}

/**
 * What is found amiss is looked at once more: rows and files change while a server runs, and a look that began before
 * a change and ended after it sees what never was.
 */
export async function settled<Found>(look: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
  const first = await look();
  return first.length === 0 ? first : look();
}
