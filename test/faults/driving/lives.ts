// Lives of one site, one after the other: each ended by SIGKILL at a random moment, its audit log read by the next.

import { AuditTrail, type Owed } from '../checking/audit-trail.ts';
import { Violation } from '../checking/registers.ts';
import { die, type Kills, type Mortal } from './deaths.ts';
import type { SeededRandom } from './seeded-random.ts';
import { openStandby, type RunningServer, type Standby } from './standby.ts';

export interface LivesOptions<Life> {
  /** Empty or absent. */
  readonly dataFolder: string;
  readonly graceMs: number;
  readonly random: SeededRandom;
  /** Of every life; when left out, one life in four has two and the others have one. */
  readonly workers?: number | undefined;
  /** How far the clock of the site is ahead in the life that begins; not at all when left out. */
  readonly aheadMs?: () => number;
  /** Clients of a server that is ready. */
  readonly open: (server: RunningServer, onClose: (closer: () => void) => void) => Promise<Life>;
  /** No process is left that could answer. */
  readonly settle: () => void;
}

/** What is done in a life that ends at a random moment. */
export interface ShortLife<Life> {
  /** Before anybody else calls. */
  readonly check: (life: Life) => Promise<void>;
  /** What each client does until the server is gone. */
  readonly work: (life: Life, random: SeededRandom) => Promise<void>;
  readonly clients: number;
  /** From the first call of a client to the kill, at most. */
  readonly longestMs: number;
}

/** One life in so many ends before the server is ready. */
const killedWhileStarting = 12;

export class Lives<Life extends { readonly session: Mortal & { readonly owed: Owed } }> {
  readonly #options: LivesOptions<Life>;
  readonly #standby: Standby;
  readonly #trail: AuditTrail;
  readonly kills: Kills = { all: 0, supervisors: 0, workers: 0 };
  /** What the last life was answered; the next one has to show its records. */
  #owed: Owed = new Map();

  constructor(options: LivesOptions<Life>) {
    this.#options = options;
    const { dataFolder, graceMs, random } = options;
    this.#standby = openStandby({ dataFolder, graceMs, jobsDelayMs: () => random.between(0, 300) });
    this.#trail = new AuditTrail(dataFolder);
  }

  get killed(): number {
    return this.kills.all + this.kills.supervisors + this.kills.workers;
  }

  get auditRecords(): number {
    return this.#trail.records;
  }

  /** A life that is ended once `live` is over. It has no fewer workers than others: each chain is read to its end. */
  async whole(live: (life: Life) => Promise<void>): Promise<void> {
    await this.#oneLife(this.#options.workers ?? 2, (life) => live(life));
  }

  /** Rejects with a Violation when anything that was acknowledged is lost. */
  async short({ check, work, clients, longestMs }: ShortLife<Life>): Promise<void> {
    const { random, dataFolder } = this.#options;
    const workers = this.#options.workers ?? (random.oneIn(4) ? 2 : 1);
    if (random.oneIn(killedWhileStarting)) return this.#stillbirth(workers);
    await this.#oneLife(workers, async (life, server) => {
      await check(life);
      const working = Promise.all(Array.from({ length: clients }, () => work(life, random.fork())));
      // Looked at again below: a client that finds a loss may end before the others.
      working.catch(() => undefined);
      // The moment of the kill is what is random here; nothing is expected of the time itself.
      const end = new Promise((resolve) => setTimeout(resolve, random.between(30, longestMs)));
      await Promise.race([end, working]);
      const { session } = life;
      const dying = die({ server, session, random, dataFolder, kills: this.kills, connections: clients * 2 });
      dying.catch(() => undefined);
      // A client that finds a loss ends before the others, and before the server.
      await Promise.race([dying, working]);
      await dying;
      session.expectKill();
      await working;
    });
  }

  dispose(): Promise<void> {
    return this.#standby.dispose();
  }

  async #stillbirth(workers: number): Promise<void> {
    const { random } = this.#options;
    const isOfAll = workers === 1 || random.oneIn(2);
    const afterMs = random.between(0, 600 * workers);
    await this.#standby.killWhileStarting(this.#opening(workers), afterMs, isOfAll ? 'all' : 'supervisor');
    this.kills[isOfAll ? 'all' : 'supervisors'] += 1;
  }

  #opening(workers: number) {
    return { workers, aheadMs: this.#options.aheadMs?.() ?? 0 };
  }

  /** The server's log is checked before anybody calls it, what it was asked once it is dead. */
  async #oneLife(workers: number, live: (life: Life, server: RunningServer) => Promise<void>): Promise<void> {
    const server = await this.#standby.start(this.#opening(workers));
    const closers: Array<() => void> = [];
    try {
      await this.#trail.check(this.#owed, server.workers);
      const life = await this.#options.open(server, (closer) => closers.push(closer));
      await live(life, server);
      life.session.expectKill();
      await server.kill();
      this.#options.settle();
      this.#owed = life.session.owed;
    } catch (error) {
      const said = server.lines.slice(-20).join('\n');
      throw error instanceof Violation ? new Violation(`${error.message}\nthe server said:\n${said}`) : error;
    } finally {
      await server.kill();
      for (const close of closers) close();
    }
  }
}
