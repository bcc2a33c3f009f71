// Whether the server that answered is the identity provider's: by a trusted authority, else by a thumbprint.

import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';

const chainMax = 10;

/**
 * Undefined for a server to believe; otherwise why not. Thumbprints count only where no trusted authority vouches for
 * the server, as at AWS: one of them must be that of a certificate of its chain, each signed by the next, and name and
 * times must be right as ever.
 */
export function distrust(socket: TLSSocket, hostname: string, thumbprints: readonly string[], nowMs: number) {
  if (socket.authorized) return undefined;
  const why = `its certificate is not trusted (${String(socket.authorizationError)})`;
  const peer = socket.getPeerCertificate(true);
  if (thumbprints.length === 0 || peer.raw === undefined) return `${why}, and no thumbprints are configured`;
  const misnamed = checkServerIdentity(hostname, peer);
  if (misnamed !== undefined) return misnamed.message;
  return isPinned(chainOf(peer), new Set(thumbprints), nowMs) ? undefined : `${why}, and no thumbprint fits`;
}

function chainOf(peer: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next: DetailedPeerCertificate | undefined = peer; next?.raw !== undefined && chain.length < chainMax; ) {
    chain.push(new X509Certificate(next.raw));
    const issuer: DetailedPeerCertificate | undefined = next.issuerCertificate;
    // A self-signed certificate is its own issuer.
    next = issuer === next ? undefined : issuer;
  }
  return chain;
}

/** Exported for its test. The first certificate is the server's own. */
export function isPinned(chain: readonly X509Certificate[], thumbprints: ReadonlySet<string>, nowMs: number): boolean {
  for (const [index, certificate] of chain.entries()) {
    const { validFromDate, validToDate } = certificate;
    if (nowMs < validFromDate.getTime() || nowMs > validToDate.getTime()) return false;
    if (index > 0 && !certificate.ca) return false;
    if (thumbprints.has(certificate.fingerprint.replaceAll(':', '').toLowerCase())) return true;
    const issuer = chain[index + 1];
    if (issuer === undefined || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false;
  }
  return false;
}
