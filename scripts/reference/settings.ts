// Prints the reference of the configuration from the table of settings.

import { configFileSetting, settings } from '../../src/config/settings.ts';

export function settingsReference(): string {
  const { environment, flag } = configFileSetting;
  const lines = [
    '# Configuration',
    '',
    'Printed from `src/config/settings.ts` by `npm run docs`.',
    '',
    `The file is named by \`${flag} FILE\` or \`${environment}\`; without either there is none and every key has its`,
    'default. A flag goes before the environment, the environment before the file. An unknown key or a wrong value',
    'stops the start. Relative paths are those of the folder in which Sallyport is started. `npx sallyport config`',
    'prints what is in effect, and where each value came from.',
    '',
    '| key | default | meaning | flag, environment |',
    '| --- | --- | --- | --- |',
    ...settings.map(({ path, fallback, doc, flag: ownFlag, environment: ownEnvironment }) => {
      const shown = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
      const others = [ownFlag, ownEnvironment].filter((one) => one !== undefined).map((one) => `\`${one}\``);
      return `| \`${path}\` | ${shown} | ${doc} | ${others.join(', ')} |`;
    }),
    '',
    'An example, `sallyport.yaml`:',
    '',
    '```yaml',
    'listen: 0.0.0.0:443',
    'tls:',
    '  certificate: /etc/sallyport/tls.crt',
    '  key: /etc/sallyport/tls.key',
    'domains: [registry.example.com]',
    'region: eu-central-1',
    'regions: [eu-central-1, eu-west-1]',
    'tokens:',
    '  registryLifeSeconds: 3600',
    '```',
  ];
  return `${lines.join('\n')}\n`;
}
