// Prints the reference of the command line from what the commands say of themselves.

import { runCli } from '../../src/cli/cli.ts';

/** What `--json` prints. */
const json: Readonly<Record<string, string>> = {
  config: '[{"key": "listen", "value": "127.0.0.1:5000", "from": "default"}, …]; `value` is null when unset',
  'account create': '{"accountId": "…", "profile": "…", "userName": "…", "accessKeyId": "…"}, never a secret',
  'account list':
    '[{"accountId": "…", "name": "…", "createdAt": "2026-11-24T18:00:00.000Z", "state": "open"}, …], home first',
  'account close': '{"accountId": "…", "state": "closed", "closedAt": "…", "keptUntil": "…", "isChanged": true, …}',
  'account reopen': '{"accountId": "…", "state": "open", "isChanged": true, …}',
  'audit verify': '{"records": 7, "batches": 3, "problems": [{"file": "…", "line": 5, "what": "…"}], …}',
  'audit read': '{"eventVersion": "1.11", "eventName": "…", …}, a record a line, as CloudTrail has it',
  'policy lint':
    '[{"findingType": "ERROR", "issueCode": "…", "details": "…", "start": {"line": 1, "column": 2}, …}, …]',
  'policy test': '{"reason": "allowed", "by": "…", "policies": […], "changes": []}',
  explain: '{"requestId": "…", "principalArn": "…", "decision": {"reason": "…", "policies": […], …}, …}',
  'token create': '{"tokenId": "rt-…", "token": "…", "expiresAt": "…", "proxyEndpoint": "…"}',
  'token list': '[{"tokenId": "rt-…", "createdBy": "…", "repositories": […], "actions": […], "expiresAt": "…", …}, …]',
  'session list': '[{"sessionId": "ASIA…", "principalArn": "…", "issuedAt": "…", "expiresAt": "…", …}, …]',
  reencrypt: '{"reencryptionId": "…", "status": "RUNNING", "from": {…}, "to": {…}, "moved": {…}, "total": {…}, …}',
  'certificate list':
    '[{"certificateId": "dc-…", "keyArn": "…", "executedAt": "…", "issuedAt": "…"}, …]; `waitsFor` until it is issued',
  'certificate show': '{"certificateId": "dc-…", "key": {…}, "deletion": {…}, "madeUnreadable": {…}, …}',
  'certificate verify': '{"certificateId": "dc-…", …}, as `certificate show` has it, when it is valid',
  'rootkey status': '{"id": "…", "provider": "file", "place": "…", "since": "…", "server": "…", "wrapped": […]}',
  doctor: '[{"check": "clock", "ok": true, "detail": "…", "remedy": "… (only when not ok)"}, …]',
};

export async function commandLineReference(): Promise<string> {
  const lines = [
    '# Command line',
    '',
    'Printed from `src/cli/` by `npm run docs`. In the checkout: `npx sallyport COMMAND …`, which downloads nothing;',
    '`npm start -- …` is `npx sallyport serve …`. The data folder and the configuration are those of',
    '`docs/reference/configuration.md`.',
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    '| 0 | done |',
    '| 1 | failed, or something was found (`audit verify`, `audit read`, `certificate verify`, `doctor`) |',
    '| 2 | wrong usage |',
    '| 3 | wrong configuration |',
    '| 4 | the data folder is in use, cannot be used, or holds no site |',
    '',
    'What a command found goes to standard output, what went wrong to standard error, in one line. `serve` ends with 0',
    'after SIGTERM, SIGINT or SIGHUP, once running requests have finished (`shutdown.graceSeconds`); a second signal',
    'a second later ends it at once.',
  ];
  for (const command of await commandsBelow('')) {
    lines.push('', `## ${command}`, '', '```', await helpOf(command), '```');
    const shape = json[command];
    if (shape !== undefined) lines.push('', `With \`--json\`: ${quoted(shape)}.`);
  }
  return `${lines.join('\n')}\n`;
}

/** Every command that does something, in the order in which help shows them. */
async function commandsBelow(command: string): Promise<readonly string[]> {
  const [, listed = ''] = (await helpOf(command)).split('\nCommands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
  if (names.length === 0) return [command];
  return (await Promise.all(names.map((name) => commandsBelow(`${command} ${name}`.trim())))).flat();
}

/** The JSON as code, a remark behind it as text. */
function quoted(shape: string): string {
  const end = Math.max(shape.lastIndexOf('}'), shape.lastIndexOf(']')) + 1;
  return `\`${shape.slice(0, end)}\`${shape.slice(end)}`;
}

async function helpOf(command: string): Promise<string> {
  const said: string[] = [];
  const terminal = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) };
  // Help is printed before any command would be run.
  await runCli([...command.split(' ').filter(Boolean), '--help'], {} as never, terminal, {}, '/');
  const [help = ''] = said.join('\n').split('\nExit codes:');
  return help.trim();
}
