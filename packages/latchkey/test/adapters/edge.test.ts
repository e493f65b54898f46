import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireBuilt } from '../../../../tools/require-built.mjs'
import {
  type Algorithm,
  exportJwk,
  exportPem,
  generateKey,
  importJwks,
  type JsonWebKey,
  jwksOf,
  publicKeyOf,
  type SigningKey,
  secretKey,
  signJwt,
  verifyJwt,
} from '../../src/jwt/index.ts'
import { craft } from '../jwt/craft.ts'
import { type IssuerServer, issuerServer, json } from '../tokens/issuer-server.ts'
import type { EdgeSettings } from './edge/app.ts'
import { judged, type Question } from './edge/judge.ts'
import { type Running, type Runtime, running, runtimesHere } from './edge/runtimes.ts'

const ISSUER = 'https://auth.example.com'
const SECRET = 'a secret for this test, long enough to be taken'
const COMMON = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256'] as const satisfies Algorithm[]
const algorithmsOf = (name: Runtime['name']): readonly Algorithm[] =>
  name === 'workerd' ? COMMON : [...COMMON, 'PS256']

const now = (): number => Math.floor(Date.now() / 1000)
const claims = (more: object = {}) => ({
  iss: ISSUER,
  aud: 'api',
  sub: 'ada',
  jti: 'one',
  type: 'access',
  iat: now(),
  exp: now() + 600,
  ...more,
})
const token = (key: SigningKey, more: object = {}, header: object = {}): string =>
  signJwt(claims(more), key, { typ: 'at+jwt', ...header })

/** The 290 vectors of Wycheproof, as far as they name their algorithm. */
function wycheproof(): readonly Question[] {
  const file = new URL('../vectors/wycheproof/json_web_signature_test.json', import.meta.url)
  const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as {
    testGroups: { public?: JsonWebKey; private: JsonWebKey; tests: { jws: unknown }[] }[]
  }
  return testGroups.flatMap(({ public: jwk, private: secret, tests }) =>
    tests.map(({ jws }) => ({ token: jws, jwk: jwk ?? secret })),
  )
}

const runtimes = runtimesHere()

describe.each(runtimes)('on $name, $version', (runtime) => {
  const ALGORITHMS = algorithmsOf(runtime.name)
  const keys = new Map<Algorithm, SigningKey>()
  const published = new Map<string, IssuerServer['answer']>()
  let rsaPss: SigningKey
  let server: IssuerServer
  let app: Running

  const keyOf = (algorithm: Algorithm): SigningKey => keys.get(algorithm) as SigningKey
  const ofServer = (path = ''): object => ({ iss: server.url + path })
  const asksFor = (path: string): number => server.requests.filter(({ url }) => url === path).length

  async function ask(path: string, bearer?: string, init: RequestInit = {}): Promise<string> {
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...init.headers,
    }
    const answer = await fetch(app.url + path, { ...init, headers })
    const text = await answer.text()
    return answer.ok ? text : `${answer.status} ${(JSON.parse(text) as { error: string }).error}`
  }
  /** What `/keys` answers to tokens, in their order. */
  const answers = (...tokens: string[]): Promise<string[]> =>
    Promise.all(tokens.map((one) => ask('/keys', one)))

  beforeAll(async () => {
    await requireBuilt()
    for (const algorithm of ALGORITHMS) keys.set(algorithm, await generateKey(algorithm, { kid: algorithm }))
    rsaPss = await generateKey('PS256', { kid: 'PS256' })
    server = await issuerServer((res, req) =>
      (published.get(req.url?.split('?')[0] ?? '') ?? notFound)(res, req),
    )
    for (const path of ['', '/feed']) {
      publish(`${path}/.well-known/jwks.json`, json(jwksOf([keyOf('EdDSA')])))
    }
    const settings: EdgeSettings = {
      audience: 'api',
      secret: SECRET,
      issuer: ISSUER,
      jwks: jwksOf([...keys.values()]),
      signing: ALGORITHMS.map((algorithm) => exportJwk(keyOf(algorithm), { private: true })),
      server: server.url,
      coolDown: '200ms',
    }
    app = await running(runtime, settings)
  }, 60_000)
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const publish = (path: string, answer: IssuerServer['answer']) => published.set(path, answer)
  const notFound = (res: ServerResponse): void => {
    res.writeHead(404).end()
  }

  it.each(ALGORITHMS)('takes a good token of %s', async (algorithm) => {
    expect(await ask('/keys', token(keyOf(algorithm)))).toBe('ada')
    expect(await ask('/keys', token(keyOf(algorithm)))).toBe('ada')
  })

  it('takes a token again and again, remembered or not', async () => {
    const good = token(keyOf('ES256'))
    expect(await answers(...Array<string>(20).fill(good))).toEqual(Array<string>(20).fill('ada'))
  })

  it('takes a good token of HS256', async () => {
    expect(await ask('/secret', token(secretKey(SECRET)))).toBe('ada')
    expect(await ask('/secret', token(secretKey(`${SECRET} not`)))).toBe('401 invalid_token')
  })

  it('T-20 refuses a signature that is not the key’s', async () => {
    const forged = await Promise.all(
      ALGORITHMS.map(async (algorithm) => token(await generateKey(algorithm, { kid: algorithm }))),
    )
    const swapped = ALGORITHMS.map((algorithm) => {
      const [header, , signature] = token(keyOf(algorithm)).split('.')
      const [, payload] = token(keyOf(algorithm), { sub: 'eve' }).split('.')
      return `${header}.${payload}.${signature}`
    })
    expect(new Set(await answers(...forged, ...swapped))).toEqual(new Set(['401 invalid_token']))
  })

  it('T-03 refuses another algorithm than the key’s', async () => {
    const unsigned = (header: object) =>
      `${Buffer.from(JSON.stringify({ typ: 'at+jwt', ...header })).toString('base64url')}.${token(keyOf('EdDSA')).split('.')[1]}.`
    const confused = craft({ alg: 'HS256', typ: 'at+jwt', kid: 'RS256' }, claims(), exportPem(keyOf('RS256')))
    const refused = await answers(
      unsigned({ alg: 'none' }),
      unsigned({ alg: 'EdDSA', kid: 'EdDSA' }),
      confused,
      craft({ alg: 'PS256', typ: 'at+jwt', kid: 'RS256' }, claims()),
      craft({ alg: 'ES256', typ: 'at+jwt', kid: 'ES384' }, claims()),
    )
    expect(new Set(refused)).toEqual(new Set(['401 invalid_token']))
  })

  it('T-03 knows the padding of an RSA signature, or does without PS256', async () => {
    const sound = token(rsaPss)
    const [, payload] = sound.split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'PS256', kid: 'PS256' })).toString('base64url')
    const pkcs1 = sign('sha256', Buffer.from(`${header}.${payload}`), createPrivateKey(exportPem(rsaPss)))
    const answers = await ask(
      '/judge',
      undefined,
      posted(
        [sound, `${header}.${payload}.${pkcs1.toString('base64url')}`].map((token) => ({
          token,
          jwk: exportJwk(publicKeyOf(rsaPss)),
        })),
      ),
    )
    const [good, bad] = JSON.parse(answers) as string[]
    if (runtime.name === 'workerd') expect([good, bad]).toEqual(['no usable key', 'no usable key'])
    else expect([good, bad]).toEqual([payload, 'refused: invalid_token signature'])
  })

  it('T-09 refuses every second spelling of a token', async () => {
    const good = token(keyOf('EdDSA'))
    const last = good.at(-1) as string
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const unused = alphabet[alphabet.indexOf(last) ^ 1] as string
    const [header = '', payload = '', signature = ''] = good.split('.')
    const refused = await Promise.all(
      [
        good.slice(0, -1) + unused,
        `${good}=`,
        `${header}=.${payload}.${signature}`,
        `${header}.${payload}!.${signature}`,
        `${header}.${payload}.${signature}A`,
      ].map((bad) =>
        ask('/judge', undefined, posted([{ token: bad, jwk: exportJwk(publicKeyOf(keyOf('EdDSA'))) }])),
      ),
    )
    expect(refused.filter((text) => !text.includes('refused: invalid_token'))).toEqual([])
  })

  it('T-14 to T-19 refuses what is over, too early, of another issuer, audience or kind', async () => {
    const key = keyOf('ES256')
    const refused = await answers(
      token(key, { exp: now() - 60 }),
      token(key, { nbf: now() + 600 }),
      token(key, { iss: `${ISSUER}/` }),
      token(key, { aud: 'another' }),
      token(key, { type: 'refresh' }, { typ: 'rt+jwt' }),
    )
    expect(refused).toEqual([
      '401 expired_token',
      '401 invalid_token',
      '401 invalid_token',
      '401 invalid_token',
      '401 wrong_token_type',
    ])
  })

  it('takes a cookie, and guards it against other sites', async () => {
    const cookie = `__Host-access_token=${token(keyOf('EdDSA'))}`
    const from = (origin: string) => ({ method: 'POST', headers: { cookie, origin } })
    expect(await ask('/keys', undefined, { headers: { cookie } })).toBe('ada')
    expect(await ask('/keys', undefined, from(app.url))).toBe('ada')
    expect(await ask('/keys', undefined, from('https://evil.example'))).toBe('403 csrf_failed')
    expect(await ask('/keys', undefined, { headers: { cookie: `${cookie}x` } })).toBe('401 invalid_token')
  })

  it('knows optional routes and scopes', async () => {
    const key = keyOf('RS256')
    expect(await ask('/optional')).toBe('-')
    expect(await ask('/optional', token(key))).toBe('ada')
    expect(await ask('/optional', token(key, { exp: now() - 60 }))).toBe('401 expired_token')
    expect(await ask('/admin', token(key, { scope: 'admin' }))).toBe('ada')
    expect(await ask('/admin', token(key, { scope: 'user' }))).toBe('403 insufficient_scope')
    expect(await ask('/keys')).toBe('401 missing_token')
  })

  it('signs with each algorithm what it takes back, and what Node takes', async () => {
    const issued = JSON.parse(await ask('/issue', undefined, { method: 'POST' })) as {
      identity: string
      token: string
    }[]
    expect(issued.map(({ identity }) => identity)).toEqual(Array(1 + ALGORITHMS.length).fill('ada'))
    const known = [secretKey(SECRET), ...keys.values()]
    expect(issued.map(({ token }, at) => verifyJwt(token, known[at] as SigningKey).claims['sub'])).toEqual(
      Array(known.length).fill('ada'),
    )
    expect(new Set(issued.map(({ token }) => token.split('.')[1])).size).toBe(issued.length)
  })

  it('T-31 thinks of every vector of Wycheproof what Node thinks', async () => {
    const questions = wycheproof()
    const here = questions.map(judged)
    const there = JSON.parse(await ask('/judge', undefined, posted(questions))) as string[]
    expect(there).toEqual(here)
    expect(here.filter((text) => !/^(refused|no usable key)/.test(text)).length).toBeGreaterThan(10)
    expect(importJwks({ keys: [exportJwk(keyOf('ES256'))] }).keys).toHaveLength(1)
  })

  it('K-04 asks the issuer for its keys once, however many requests come at first', async () => {
    const good = token(keyOf('EdDSA'), ofServer())
    const first = await Promise.all(Array.from({ length: 30 }, () => ask('/address', good)))
    expect(new Set(first)).toEqual(new Set(['ada']))
    expect(asksFor('/.well-known/jwks.json')).toBe(1)
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('K-05, K-07 follows a key that is replaced, and asks no sooner than it may', async () => {
    expect(await ask('/address', token(keyOf('EdDSA'), ofServer()))).toBe('ada')
    await pause(250)
    publish('/.well-known/jwks.json', json(jwksOf([keyOf('ES256')])))
    const before = asksFor('/.well-known/jwks.json')
    const next = token(keyOf('ES256'), ofServer())
    expect(await Promise.all(Array.from({ length: 10 }, () => ask('/address', next)))).toEqual(
      Array(10).fill('ada'),
    )
    expect(asksFor('/.well-known/jwks.json')).toBe(before + 1)
    expect(await ask('/address', token(keyOf('EdDSA'), ofServer()))).toBe('401 invalid_token')
    await pause(250)
    publish('/.well-known/jwks.json', json(jwksOf([keyOf('EdDSA')])))
    expect(await ask('/address', token(keyOf('EdDSA'), ofServer()))).toBe('ada')
  })

  it('asks again when the request that asked first is gone', async () => {
    const path = '/slow/.well-known/jwks.json'
    const held: ServerResponse[] = []
    publish(path, (res) => held.push(res))
    // Those that ask by themselves have begun to wait when this is over.
    await pause(300)
    const good = token(keyOf('EdDSA'), ofServer('/slow'))
    const impatient = new AbortController()
    const gone = ask('/address/slow', good, { signal: impatient.signal }).catch(() => 'gone')
    while (held.length === 0) await pause(10)
    impatient.abort()
    expect(await gone).toBe('gone')
    const patient = ask('/address/slow', good)
    await pause(100)
    publish(path, json(jwksOf([keyOf('EdDSA')])))
    for (const res of held) json(jwksOf([keyOf('EdDSA')]))(res, server.requests[0] as never)
    expect(await patient).toBe('ada')
  })

  it('fetches anew what gets old, also when the request that did is answered before', async () => {
    const path = '/aging/.well-known/jwks.json'
    const answer = json(jwksOf([keyOf('EdDSA')]), { 'cache-control': 'no-store' })
    publish(path, answer)
    const good = token(keyOf('EdDSA'), ofServer('/aging'))
    expect(await ask('/address/aging', good)).toBe('ada')
    publish(path, (res, req) => setTimeout(() => answer(res, req), 150))
    for (let age = 0; age < 15; age++) {
      await pause(100)
      expect(await ask('/address/aging', good)).toBe('ada')
    }
    expect(asksFor(path)).toBeGreaterThan(2)
  })

  it('K-04 follows no redirect, and reads no more than it has to', async () => {
    publish('/moved/.well-known/jwks.json', (res) => {
      res.writeHead(302, { location: `${server.url}/.well-known/jwks.json` }).end()
    })
    const padding = ' '.repeat(300_000)
    publish('/large/.well-known/jwks.json', json({ ...jwksOf([keyOf('EdDSA')]), padding }))
    await pause(250)
    expect(await ask('/address/moved', token(keyOf('EdDSA'), ofServer('/moved')))).toBe('503 unavailable')
    expect(await ask('/address/large', token(keyOf('EdDSA'), ofServer('/large')))).toBe('503 unavailable')
  })

  it('K-04 connects to no name that leads to this machine, or says that it cannot tell', async () => {
    const before = server.connections()
    expect(await ask('/lookup')).toMatch(
      runtime.name === 'workerd' ? 'on Workers the network resolves names' : 'this address is not public',
    )
    expect(server.connections()).toBe(before)
  })

  it('asks the issuer about a token', async () => {
    const good = token(keyOf('EdDSA'), ofServer())
    publish('/introspect', json({ active: true, ...claims(ofServer()) }))
    expect(await Promise.all([ask('/asking', good), ask('/asking', good)])).toEqual(['ada', 'ada'])
    publish('/introspect', json({ active: false }))
    expect(await ask('/asking', token(keyOf('EdDSA'), { ...ofServer(), jti: 'two' }))).toBe(
      '401 invalid_token',
    )
  })

  it('hears of revocations, or says that it cannot', async () => {
    const page = (entries: object[]) => ({
      logId: 'one',
      head: entries.length,
      anchor: entries.at(-1) ?? null,
      entries,
      more: false,
      now: Date.now(),
    })
    publish('/revocations', json(page([])))
    const good = token(keyOf('EdDSA'), { ...ofServer('/feed'), jti: 'lost' })
    if (runtime.name === 'workerd') {
      expect(await ask('/feed')).toContain('nothing listens between requests on Workers')
      return
    }
    await expect.poll(() => ask('/feed', good), { timeout: 5000 }).toBe('ada')
    const entry = { seq: 1, kind: 'jti', id: 'lost', value: null, until: Date.now() + 600_000 }
    publish('/revocations', json(page([entry])))
    await expect.poll(() => ask('/feed', good), { timeout: 5000 }).toBe('401 revoked_token')
  })
})

describe.skipIf(runtimes.length > 0)('on the edge', () => {
  it.skip('is tried with tools/runtimes run -- <command>')
})

const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
