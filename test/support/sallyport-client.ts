// Sallyport's own door for tests: called as a user of the house, and by its command line as a person would.

import { runCli } from '../../src/cli/cli.ts';
import { callSallyport } from '../../src/cli/client/call.ts';
import type { InputOf, OutputOf, SallyportOperationName } from '../../src/services/sallyport/service.ts';
import type { HouseUser } from './house.ts';

/** Rejects with ApiError when the server refuses. */
export function callAs<Name extends SallyportOperationName>(
  { options }: Pick<HouseUser, 'options'>,
  name: Name,
  input: InputOf<Name>,
): Promise<OutputOf<Name>> {
  return callSallyport(name, input, {
    endpoint: options.endpoint,
    region: options.region,
    environment: environmentOf(options),
    dataFolder: '/nowhere',
  });
}

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `sallyport …` as the user. */
export async function runAs({ options }: Pick<HouseUser, 'options'>, ...args: readonly string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const environment = { ...environmentOf(options), AWS_ENDPOINT_URL: options.endpoint };
  // What asks the server needs nothing of what the composition root answers.
  const code = await runCli(args, {} as never, terminal, environment, '/nowhere');
  return { code, out: out.join('\n'), err: err.join('\n') };
}

function environmentOf({ credentials }: HouseUser['options']): Readonly<Record<string, string>> {
  return {
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}
