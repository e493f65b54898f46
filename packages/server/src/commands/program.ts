import { Command, Option } from 'commander'
import { VERSION } from '../version.ts'
import { exportAudit, listAudit } from './audit.ts'
import { importUsers } from './import.ts'
import { listKeys, resealStoredKeys, revokeKey, rotateKey } from './keys.ts'
import { listSessions, revokeEveryone, revokeSession, revokeSessionsOf } from './sessions.ts'
import { explainToken } from './tokens.ts'
import { addUser, listUsers, resetUserPassword, setUserDisabled, setUserScope } from './users.ts'

/** The command line: without a command it serves. */
export function createProgram(): Command {
  const program = new Command('latchkey-server')
    .description('Sign-in, tokens and sessions over HTTP. Without a command it serves.')
    .version(VERSION)
    .option('--port <number>', 'where to listen (PORT, default 8787)')
    .option('--host <address>', 'which address to listen on (HOST, default 127.0.0.1)')
    .option('--data-dir <folder>', 'where everything is kept (LATCHKEY_DATA_DIR, default ./.latchkey)')
    .option('--database <url>', 'PostgreSQL instead of the data folder (LATCHKEY_DATABASE_URL)')
    .option('--redis <url>', 'counters and push for several nodes (LATCHKEY_REDIS_URL)')
    .option('--workers <number>', 'processes that serve (LATCHKEY_WORKERS, default 1)')
    .option(
      '--issuer <url>',
      'the address others know it by (LATCHKEY_ISSUER, default http://localhost:<port>)',
    )
    .option(
      '--limits <on|off>',
      'limits of sign-ins, registrations and refreshes (LATCHKEY_LIMITS, default on)',
    )
    .option('--console <on|off>', 'pages for administrators at /console (LATCHKEY_CONSOLE, default on)')
    .option(
      '--trust-proxy <hops|networks>',
      'whose X-Forwarded-For counts (LATCHKEY_TRUST_PROXY, default nobody’s)',
    )
    .option(
      '--audit-retention <days|off>',
      'how long events are kept (LATCHKEY_AUDIT_RETENTION, default 365 days)',
    )
    .option(
      '--log-level <level>',
      'silent, error, warn, info, debug, trace (LATCHKEY_LOG_LEVEL, default info)',
    )
    .option('--json', 'answer in JSON')
    .showSuggestionAfterError()
    .addHelpText('after', HELP)
    .action(async () => {
      const [unknown] = program.args
      if (unknown !== undefined)
        program.error(`error: unknown command '${unknown}'. There are user, session, token, key and audit.`)
      // Commands need none of what serving loads.
      const { serve } = await import('../serve.ts')
      await serve(program.opts())
    })
  addUserCommands(program)
  addSessionCommands(program)
  group(program, 'token', 'tokens')
    .command('explain')
    .argument('[jwt]', 'the token; read from standard input when it is left out, where no history keeps it')
    .description('every check that the server makes, in order, with its outcome')
    .action((jwt: string | undefined, _options, command: Command) =>
      explainToken(jwt, command.optsWithGlobals()),
    )
  addKeyCommands(program)
  addAuditCommands(program)
  // Last, because commands inherit it: a misspelt command gets a better answer above than "too many arguments".
  return program.allowExcessArguments()
}

function addUserCommands(program: Command): void {
  const user = group(program, 'user', 'accounts')
  user
    .command('add')
    .argument('<name>')
    .description('a new account; asks for its password')
    .option('--password-stdin', 'take the password from the first line of standard input')
    .option('--scope <scopes>', 'space-separated scopes for its access tokens')
    .action((name: string, _options, command: Command) => addUser(name, command.optsWithGlobals()))
  user
    .command('import')
    .argument('<file>', 'CSV with a line of column names, or lines of JSON, in UTF-8; - reads standard input')
    .description('the accounts of another system, with their ids and the hashes of their passwords')
    .option(
      '--map <pairs>',
      'columns that are not called username, id, password_hash, disabled: name=email,hash=password,active=is_active,scope=roles',
    )
    .addOption(
      new Option('--format <format>', 'where the name of the file does not tell').choices(['csv', 'jsonl']),
    )
    .option('--long-passwords', 'bcrypt of Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS')
    .option('--without-passwords', 'take no hashes: everybody gets a new password')
    .option('--dry-run', 'look at the file and write nothing')
    .action((file: string, _options, command: Command) => importUsers(file, command.optsWithGlobals()))
  user
    .command('password')
    .argument('<name>', 'name or id')
    .description('a new password without the current one; ends every session')
    .option('--password-stdin', 'take the password from the first line of standard input')
    .action((name: string, _options, command: Command) => resetUserPassword(name, command.optsWithGlobals()))
  for (const [verb, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    user
      .command(verb)
      .argument('<name>', 'name or id')
      .description(disabled ? 'lets nobody in, and ends every session' : 'undoes disable')
      .action((name: string, _options, command: Command) =>
        setUserDisabled(name, disabled, command.optsWithGlobals()),
      )
  }
  user
    .command('scope')
    .argument('<name>', 'name or id')
    .argument('<scopes>', 'all scopes from now on, separated by spaces; "" for none')
    .description('the scopes of an account; latchkey:admin opens the console')
    .action((name: string, scopes: string, _options, command: Command) =>
      setUserScope(name, scopes, command.optsWithGlobals()),
    )
  user
    .command('list')
    .description('every account')
    .action((_options, command: Command) => listUsers(command.optsWithGlobals()))
}

function addKeyCommands(program: Command): void {
  const key = group(program, 'key', 'signing keys')
  key
    .command('list')
    .description('every key that verifies, and the one that signs')
    .action((_options, command: Command) => listKeys(command.optsWithGlobals()))
  key
    .command('rotate')
    .description('sign with the next key from now on, ahead of its time')
    .action((_options, command: Command) => rotateKey(command.optsWithGlobals()))
  key
    .command('revoke')
    .argument('<kid>')
    .description('emergency: believe nothing that a stolen key signed')
    .action((kid: string, _options, command: Command) => revokeKey(kid, command.optsWithGlobals()))
  key
    .command('reseal')
    .description('seal the stored keys with LATCHKEY_SECRET, or with the secret file when it is not set')
    .action((_options, command: Command) => resealStoredKeys(command.optsWithGlobals()))
}

function addAuditCommands(program: Command): void {
  const audit = group(program, 'audit', 'the audit log')
  filtered(audit.command('list'))
    .description('what happened, newest first')
    .option('--limit <number>', 'at most so many', '50')
    .action((_options, command: Command) => listAudit(command.optsWithGlobals()))
  filtered(audit.command('export'))
    .description('everything that happened, newest first, a line for each event')
    .addOption(
      new Option('--format <format>', 'lines of JSON, or CSV').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .action((_options, command: Command) => exportAudit(command.optsWithGlobals()))
}

const filtered = (command: Command): Command =>
  command
    .option('--user <name>', 'of one user: name or id')
    .option('--kind <kind>', 'of one kind, such as login.failed or session.reuse_detected')
    .option('--since <span|time>', 'not older than 30m, 24h or 7d, or since 2026-01-31T12:00:00Z')

function addSessionCommands(program: Command): void {
  const session = group(program, 'session', 'sessions')
  session
    .command('list')
    .argument('[user]', 'name or id')
    .description('living sessions, of one user or of all')
    .action((user: string | undefined, _options, command: Command) =>
      listSessions(user, command.optsWithGlobals()),
    )
  session
    .command('revoke')
    .argument('<id>')
    .description('end a session; a running server refuses its tokens within 100 ms')
    .action((id: string, _options, command: Command) => revokeSession(id, command.optsWithGlobals()))
  session
    .command('revoke-all')
    .argument('<user>', 'name or id')
    .description('end every session of a user')
    .action((user: string, _options, command: Command) => revokeSessionsOf(user, command.optsWithGlobals()))
  session
    .command('revoke-everyone')
    .description('end every session of everybody, as after a backup was restored')
    .action((_options, command: Command) => revokeEveryone(command.optsWithGlobals()))
}

const group = (program: Command, name: string, what: string): Command =>
  program.command(name).description(`commands for ${what}`)

const HELP = `
Secrets come from the environment only: LATCHKEY_SECRET seals the stored keys (else a secret file of mode 0600 does);
LATCHKEY_SERVICE_CREDENTIALS opens /introspect, /revocations and /metrics to services.

Examples:
  $ latchkey-server --port 9000
  $ latchkey-server user add ada --scope latchkey:admin
  $ latchkey-server session list ada --json
  $ latchkey-server audit list --user ada --since 24h
  $ latchkey-server token explain < token.txt`

const isId = (argument: string): boolean => /^-(?:[\w-]{21}|[\w-]{42})$/.test(argument)

/**
 * Ids are 22 or 43 characters of base64url, so one of 64 begins like an option: it goes where no options are looked for,
 * with what follows it. What an option is given is none of ours.
 */
export function withIdsLast(argv: readonly string[]): string[] {
  const start = argv.findIndex((argument, at) => isId(argument) && argv[at - 1] !== '--user')
  if (start === -1) return [...argv]
  const isOperand = (argument: string): boolean => !argument.startsWith('-') || isId(argument)
  const length = argv.slice(start).findIndex((argument) => !isOperand(argument))
  const end = length === -1 ? argv.length : start + length
  return [...argv.slice(0, start), ...argv.slice(end), '--', ...argv.slice(start, end)]
}
