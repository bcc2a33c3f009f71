// Where certificates come from: the running server, or the data folder of this machine.

import type { DeletionCertificateView } from '#services/sallyport/certificates/list-deletion-certificates.ts';
import type { CliContext, ClientFlags } from './context.ts';
import { allPages } from './pages.ts';

export interface SourceFlags extends ClientFlags {
  readonly host?: boolean;
}

export interface CertificateSource {
  list(): Promise<readonly DeletionCertificateView[]>;
  /** The signed text. Throws a sentence when it is not issued yet. */
  envelope(certificateId: string): Promise<string>;
  /** The list, in pieces. */
  lists(certificateId: string): AsyncIterable<string>;
  close(): Promise<void>;
}

export async function certificateSource(context: CliContext, flags: SourceFlags): Promise<CertificateSource> {
  return flags.host === true ? fromHost(context, flags) : fromServer(context, flags);
}

function fromServer({ call }: CliContext, flags: SourceFlags): CertificateSource {
  return {
    list: () =>
      allPages(async (page) => {
        const { certificates, nextToken } = await call('ListDeletionCertificates', page, flags);
        return { items: certificates, nextToken };
      }),
    async envelope(certificateId) {
      const { certificate, waitsFor } = await call('GetDeletionCertificate', { certificateId }, flags);
      return certificate ?? notYet(certificateId, waitsFor);
    },
    async *lists(certificateId) {
      let next: string | undefined;
      do {
        const page = next === undefined ? {} : { nextToken: next };
        const { lines, nextToken } = await call('ReadDeletionList', { certificateId, ...page }, flags);
        yield lines;
        next = nextToken;
      } while (next !== undefined);
    },
    close: async () => undefined,
  };
}

const pageRows = 500;

async function fromHost({ commands, load }: CliContext, flags: SourceFlags): Promise<CertificateSource> {
  const certificates = await commands.openCertificates(load(flags).config);
  return {
    async list() {
      const all: DeletionCertificateView[] = [];
      for (let after = ''; ; ) {
        const rows = await certificates.list(undefined, after, pageRows);
        for (const { certificateId, keyArn, executedAtMs, issuedAtMs, waitsFor } of rows) {
          const issued = issuedAtMs === undefined ? {} : { issuedAt: new Date(issuedAtMs) };
          const waits = waitsFor === undefined ? {} : { waitsFor };
          all.push({ certificateId, keyArn, executedAt: new Date(executedAtMs), ...issued, ...waits });
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageRows) return all;
        after = last.certificateId;
      }
    },
    async envelope(certificateId) {
      const found = await certificates.find(certificateId);
      if (found === undefined) throw new Error(`There is no deletion certificate ${certificateId}.`);
      return found.envelope ?? notYet(certificateId, found.waitsFor);
    },
    async *lists(certificateId) {
      for (let part = 0; ; part += 1) {
        const found = await certificates.listPart(certificateId, part);
        if (found !== undefined) yield found.lines;
        if (found?.isLast !== false) return;
      }
    },
    close: () => certificates.close(),
  };
}

function notYet(certificateId: string, waitsFor: string | undefined): never {
  throw new Error(`The certificate ${certificateId} is not issued yet: it waits for ${waitsFor ?? 'its turn'}.`);
}
