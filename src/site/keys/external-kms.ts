// Calls the KMS that keeps the root key: signed, bounded in time and size, never led elsewhere.

import type { Sent } from '#cli/client/send.ts';
import { type Target, targetOf } from '#cli/client/target.ts';
import type { AwsKmsSetting } from '#config/aws-kms-parser.ts';
import { ConfigError } from '#config/config.ts';
import { RootSealedError } from '#services/kms/root/provider.ts';
import { type CallKms, KmsRefusal } from '#services/kms/root/providers/external-kms.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Longer than AWS's own clients wait for one answer of KMS, and as long as an HSM is given. */
const withinMs = 10_000;
/** An answer about 32 bytes has less than a tenth of it. */
const answerBytesMax = 16 * 1024;
const messageCharsMax = 300;

/** Credentials are looked for anew at each call: they may be temporary ones that something else writes. */
export function externalKms(setting: AwsKmsSetting, environment: Environment): CallKms {
  return async (operation, input, signal) => {
    const target = await findTarget(setting, environment);
    // The signer is loaded where there is such a KMS only.
    const { NoAnswerError, postSigned } = await import('#cli/client/send.ts');
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` };
    const post = { service: 'kms', headers, body: JSON.stringify(input), answerBytesMax, withinMs, signal };
    const sent = await postSigned(target, post).catch((error: unknown) => {
      const why = error instanceof NoAnswerError ? sentences[error.why] : sentences.unreachable;
      throw new RootSealedError(why, `${oneLine(error instanceof Error ? error.message : String(error))}.`);
    });
    return answerOf(target.endpoint.origin, sent);
  };
}

const its = 'The external KMS that keeps the root key';

const sentences = {
  unreachable: `${its} cannot be reached.`,
  untrusted: `${its} shows a certificate that is not trusted here.`,
  late: `${its} does not answer.`,
  'too-long': `${its} answers more than a KMS says.`,
} as const;

/** Never the profiles of this very site, nor an endpoint that variables name for its clients. */
async function findTarget(setting: AwsKmsSetting, environment: Environment): Promise<Target> {
  const { endpoint, region, credentialsFile, caBundle } = setting;
  const files = credentialsFile === undefined ? {} : { AWS_SHARED_CREDENTIALS_FILE: credentialsFile };
  // A file that was named goes before keys that happen to be in the environment.
  const profile = setting.profile ?? (credentialsFile === undefined ? undefined : 'default');
  try {
    const sources = { environment: { ...environment, ...files }, dataFolder: undefined };
    const target = await targetOf({ ...sources, endpoint, region, profile });
    return caBundle === undefined ? target : { ...target, authority: caBundle };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new RootSealedError('There are no credentials for the external KMS that keeps the root key.', error.message);
  }
}

function answerOf(origin: string, { status, body }: Sent): Readonly<Record<string, unknown>> {
  const answer = parse(body);
  const type = typeof answer?.['__type'] === 'string' ? answer['__type'] : '';
  // AWS names some with the namespace of their shape before them.
  const code = /(?:^|#)([A-Za-z]{1,64})$/.exec(type)?.[1];
  if (status === 200 && answer !== undefined && type === '') return answer;
  if (status < 400 || code === undefined) {
    throw new RootSealedError(`${its} answers as no KMS does.`, `${origin} answered with status ${status}.`);
  }
  const message = answer?.['message'] ?? answer?.['Message'];
  const said = typeof message === 'string' && message !== '' ? `: ${oneLine(message)}` : '';
  throw new KmsRefusal(code, `${origin} answered ${code}${said}.`.replace(/\.\.$/, '.'));
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** For the log: what others say has one line there, and no signs that move a terminal. */
function oneLine(text: string): string {
  return text.replace(/[^ -~]+/g, ' ').slice(0, messageCharsMax);
}
