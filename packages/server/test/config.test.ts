import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Config, type ConfigFault, describeFaults, readConfig } from '../src/config.ts'

type Input = Record<string, string>
const faultsOf = (flags: Input, env: Input): readonly ConfigFault[] => {
  const result = readConfig(flags, env)
  return 'faults' in result ? result.faults : []
}
const PUBLIC_KEY =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----'
const LONG = 'nobody has published this sealing secret yet'

describe('the configuration', () => {
  it('needs nothing: every field has a default', () => {
    expect(readConfig({}, {})).toEqual<Config>({
      port: 8787,
      host: '127.0.0.1',
      dataDir: resolve('.latchkey'),
      database: null,
      redis: null,
      workers: 1,
      serviceCredentials: [],
      issuer: 'http://localhost:8787',
      secret: null,
      oldSecret: null,
      limits: true,
      console: true,
      trustProxy: false,
      auditRetention: 365,
      logLevel: 'info',
    })
  })

  it('keeps the audit log for as many days as it is told, or for ever', () => {
    expect(readConfig({ auditRetention: '30' }, { LATCHKEY_AUDIT_RETENTION: 'off' })).toMatchObject({
      auditRetention: 30,
    })
    expect(readConfig({}, { LATCHKEY_AUDIT_RETENTION: 'off' })).toMatchObject({ auditRetention: null })
    for (const value of ['', '0', '-1', '30d', '12h', '99999', 'never'])
      expect(faultsOf({}, { LATCHKEY_AUDIT_RETENTION: value })).toMatchObject([
        { field: 'LATCHKEY_AUDIT_RETENTION', remedy: expect.stringContaining('off to keep them all') },
      ])
  })

  it('takes flags before variables, and the port into the issuer', () => {
    const env = {
      PORT: '9001',
      HOST: '0.0.0.0',
      LATCHKEY_DATA_DIR: 'data',
      LATCHKEY_SECRET: LONG,
      LATCHKEY_LIMITS: 'off',
    }
    expect(readConfig({ port: '9000' }, env)).toMatchObject({
      port: 9000,
      host: '0.0.0.0',
      dataDir: resolve('data'),
      issuer: 'http://localhost:9000',
      secret: LONG,
      limits: false,
      console: true,
    })
  })

  it('takes a database, Redis and workers, with a secret that every node shares', () => {
    const env = {
      LATCHKEY_DATABASE_URL: 'postgres://latchkey@127.0.0.1/latchkey',
      LATCHKEY_REDIS_URL: 'redis://127.0.0.1:6379',
      LATCHKEY_WORKERS: '4',
      LATCHKEY_SECRET: LONG,
      LATCHKEY_SERVICE_CREDENTIALS: 'what-the-orders-show-when-they-ask, what-the-bills-show-when-they-ask',
    }
    expect(readConfig({}, env)).toMatchObject({
      database: env.LATCHKEY_DATABASE_URL,
      redis: env.LATCHKEY_REDIS_URL,
      workers: 4,
      serviceCredentials: ['what-the-orders-show-when-they-ask', 'what-the-bills-show-when-they-ask'],
    })
  })

  it.each<[Input, string]>([
    [{ LATCHKEY_DATABASE_URL: 'mysql://127.0.0.1/x', LATCHKEY_SECRET: LONG }, 'LATCHKEY_DATABASE_URL'],
    [{ LATCHKEY_DATABASE_URL: 'localhost', LATCHKEY_SECRET: LONG }, 'LATCHKEY_DATABASE_URL'],
    [{ LATCHKEY_DATABASE_URL: 'postgres://127.0.0.1/x' }, 'LATCHKEY_SECRET'],
    [{ LATCHKEY_REDIS_URL: 'redis://127.0.0.1' }, 'LATCHKEY_REDIS_URL'],
    [{ LATCHKEY_WORKERS: '0' }, 'LATCHKEY_WORKERS'],
    [{ LATCHKEY_WORKERS: '65' }, 'LATCHKEY_WORKERS'],
    [{ LATCHKEY_WORKERS: 'all' }, 'LATCHKEY_WORKERS'],
    [{ LATCHKEY_SERVICE_CREDENTIALS: 'short' }, 'LATCHKEY_SERVICE_CREDENTIALS'],
    [{ LATCHKEY_SERVICE_CREDENTIALS: 'c'.repeat(32) }, 'LATCHKEY_SERVICE_CREDENTIALS'],
    [{ LATCHKEY_SERVICE_CREDENTIALS: `${'ab'.repeat(16)},${LONG}` }, 'LATCHKEY_SERVICE_CREDENTIALS'],
  ])('K-08: refuses a fleet that cannot work: %o', (env, field) => {
    expect(faultsOf({}, env).map((fault) => fault.field)).toEqual([field])
  })

  it('takes no password from the arguments, which everybody on the machine can read (K-03, K-08)', () => {
    const [database, redis] = ['postgres://ada:hunter2@127.0.0.1/latchkey', 'redis://:hunter2@127.0.0.1']
    const faults = faultsOf({ database, redis }, { LATCHKEY_SECRET: LONG })
    expect(faults.map(({ field }) => field)).toEqual(['--database', '--redis'])
    expect(describeFaults(faults)).not.toContain('hunter2')
    const inQuery = { database: 'postgres://127.0.0.1/latchkey?user=ada&password=hunter2' }
    expect(faultsOf(inQuery, { LATCHKEY_SECRET: LONG })).toHaveLength(1)
    const env = { LATCHKEY_DATABASE_URL: database, LATCHKEY_REDIS_URL: redis, LATCHKEY_SECRET: LONG }
    expect(faultsOf({}, env)).toEqual([])
    const without = { database: 'postgres://ada@127.0.0.1/latchkey' }
    expect(faultsOf(without, { LATCHKEY_SECRET: LONG })).toEqual([])
  })

  it('says every fault at once, with field, reason and remedy (K-08)', () => {
    const faults = faultsOf(
      { port: 'high', issuer: 'auth' },
      { LATCHKEY_SECRET: 'hunter2', LATCHKEY_ISUER: 'x' },
    )
    expect(faults.map(({ field }) => field).sort()).toEqual([
      '--issuer',
      '--port',
      'LATCHKEY_ISUER',
      'LATCHKEY_SECRET',
    ])
    for (const { reason, remedy } of faults) {
      expect(reason).toMatch(/^(is|has|holds|ends) /)
      expect(remedy).toMatch(/^(Give|Make|It knows) .+/)
    }
    expect(describeFaults(faults)).toMatch(/has 4 faults\.\n {2}/)
  })

  it.each<[field: string, flags: Input, env: Input]>([
    ...[
      '',
      ' ',
      'abc',
      '-1',
      '65536',
      '99999',
      '100000',
      '80.5',
      '0x50',
      '1e3',
      '8787 ',
      '８７８７',
      'null',
      'NaN',
    ].flatMap((port): [string, Input, Input][] => [
      ['--port', { port }, {}],
      ['PORT', {}, { PORT: port }],
    ]),
    ...[
      '',
      ' ',
      'a b',
      'http://localhost',
      '127.0.0.1:8787',
      '300.1.1.1',
      '-a',
      'a..b',
      '[::1]',
      'ho_st',
    ].map((HOST): [string, Input, Input] => ['HOST', {}, { HOST }]),
    ...[
      '',
      'auth.example.com',
      'ftp://auth.example.com',
      'https://',
      'https://auth.example.com/',
      'https://auth.example.com?a=1',
      'https://auth.example.com/#x',
      'https://ada:pw@auth.example.com',
      'HTTPS://auth.example.com',
      'https://AUTH.example.com',
      'https://auth.example.com:443',
      'http://auth.example.com',
      'http://192.168.1.7:8787',
      'https://auth.example.com/../x',
      'javascript:alert(1)',
    ].map((issuer): [string, Input, Input] => ['--issuer', { issuer }, {}]),
    ...['', 'short', 'secret', 'a'.repeat(32), '/run/secrets/jwt.key', PUBLIC_KEY, 'x'.repeat(31)].map(
      (LATCHKEY_SECRET): [string, Input, Input] => ['LATCHKEY_SECRET', {}, { LATCHKEY_SECRET }],
    ),
    ['LATCHKEY_OLD_SECRET', {}, { LATCHKEY_OLD_SECRET: '' }],
    ['--data-dir', { dataDir: '' }, {}],
    ['LATCHKEY_DATA_DIR', {}, { LATCHKEY_DATA_DIR: 'a\0b' }],
    ['--limits', { limits: 'none' }, {}],
    ['LATCHKEY_LIMITS', {}, { LATCHKEY_LIMITS: 'false' }],
    ...['', '0', 'true', 'proxy', '10.0.0.0/33', '10.0.0.1,', 'fe80::/200'].map(
      (trustProxy): [string, Input, Input] => ['--trust-proxy', { trustProxy }, {}],
    ),
    ['LATCHKEY_LOG_LEVEL', {}, { LATCHKEY_LOG_LEVEL: 'loud' }],
    ['--log-level', { logLevel: '' }, {}],
    ['LATCHKEY_SECERT', {}, { LATCHKEY_SECERT: LONG }],
    ['PORT', {}, { PORT: '0' }],
  ])('refuses a wrong %s, case %#, without echoing it (K-08, F-41)', (field, flags, env) => {
    const faults = faultsOf(flags, env)
    const named = field === 'PORT' && env['PORT'] === '0' ? 'LATCHKEY_ISSUER' : field
    expect(faults.map((fault) => fault.field)).toEqual([named])
    const [value = ''] = [...Object.values(flags), ...Object.values(env)]
    if (value.trim().length > 5) expect(faults.map(({ reason }) => reason).join()).not.toContain(value.trim())
  })

  it.each([
    'https://auth.example.com',
    'https://auth.example.com:8443/tenant',
    'http://localhost:1',
    'http://127.0.0.1:9000',
  ])('takes %s as issuer', (issuer) => expect(faultsOf({ issuer }, {})).toEqual([]))
})
