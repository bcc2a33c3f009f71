// The three commands that a newcomer pastes: log in, create a repository, push. Each works as it stands.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { profileFiles } from './aws-profile.ts';

export interface FirstCommandsOptions {
  readonly dataFolder: string;
  /** A folder with a README.md: what the example image holds. */
  readonly checkout: string;
  /** `127.0.0.1:5000`. */
  readonly host: string;
  readonly pathVariable: string;
  /** The local CA that clients have to trust, if any. */
  readonly authority: string | undefined;
}

export function firstCommands(options: FirstCommandsOptions): readonly string[] {
  const { dataFolder, checkout, host, pathVariable, authority } = options;
  const { config, credentials } = profileFiles(dataFolder);
  // The profile names the CA too, but a variable that is already set would go before it.
  const trust = authority === undefined ? '' : `AWS_CA_BUNDLE=${quote(authority)} `;
  const aws = `AWS_CONFIG_FILE=${quote(config)} AWS_SHARED_CREDENTIALS_FILE=${quote(credentials)} ${trust}aws ecr`;
  const isPodman = !isOnPath('docker', pathVariable) && isOnPath('podman', pathVariable);
  const tool = isPodman ? 'podman' : 'docker';
  // podman asks for TLS everywhere; docker takes the loopback addresses for what they are.
  const plain = isPodman ? '--tls-verify=false ' : '';
  const image = `${host}/demo:hello`;
  return [
    `${aws} get-login-password | ${tool} login ${plain}--username AWS --password-stdin ${host}`,
    `${aws} create-repository --repository-name demo`,
    `tar -c -C ${quote(checkout)} README.md | ${tool} import - ${image} && ${tool} push ${plain}${image}`,
  ];
}

function quote(text: string): string {
  return /^[a-zA-Z0-9_./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isOnPath(program: string, pathVariable: string): boolean {
  return pathVariable.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
