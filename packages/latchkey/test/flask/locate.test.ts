import fc from 'fast-check'
import { createGuard } from 'latchkey/http'
import { describe, expect, it } from 'vitest'
import { ask, bearer, forged, managed } from './managed.ts'

const good = forged({ sub: '42', csrf: 'csrf-1' })
const bad = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
const missing = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"

describe('in a header', () => {
  const answer = (authorization: string): Promise<unknown> => ask(managed(), { headers: { authorization } })

  it.each([
    ['Bearer TOKEN', '42'],
    ['  Bearer \t TOKEN  ', '42'],
    ['Bearer\u00a0TOKEN', '42'],
    ['Bearer\x1fTOKEN', '42'],
    [',,Bearer TOKEN,,', '42'],
    ['Basic x, Bearer TOKEN', '42'],
    ['bearer junk, Bearer TOKEN', '42'],
    ['BEARER TOKEN', '42'],
    ['bearer', [401, missing]],
    ['bearer a b', [401, missing]],
    ['Bearer TOKEN, Bearer TOKEN', [401, missing]],
    [' , ,Bearer TOKEN', [401, bad]],
    [', ,', [401, bad]],
    [',,,', [401, 'Missing Authorization Header']],
    ['Bearer', [422, bad]],
  ])('%j', async (header, expected) => {
    expect(await answer(header.replaceAll('TOKEN', good))).toEqual(expected)
  })

  it('a mistyped scheme is the last thing that is looked at', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: ['headers', 'query_string'] })
    const headers = { authorization: `bearer ${good}` }
    expect(await ask(jwt, { headers, query: { jwt: forged({ sub: 'other' }) } })).toBe('other')
    expect(await ask(jwt, { headers, query: { jwt: 'junk' } })).toEqual([422, 'Not enough segments'])
    expect(await ask(jwt, { headers })).toBe('42')
    expect(await ask(jwt, { headers, optional: true })).toBe('42')
  })

  it('what the peer fails over lets nobody pass, not on an optional route, and no later place is looked at', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: ['headers', 'query_string'] })
    const headers = { authorization: ', ,' }
    expect(await ask(jwt, { headers, optional: true })).toEqual([401, bad])
    expect(await ask(jwt, { headers, query: { jwt: good } })).toEqual([401, bad])
  })

  it('a type of null is none, as an empty one: the header is the bare token', async () => {
    const jwt = managed({ JWT_HEADER_TYPE: null })
    expect(await ask(jwt, { headers: { authorization: good } })).toBe('42')
    expect(await ask(jwt, { headers: { authorization: `Bearer ${good}` } })).toEqual([
      422,
      "Bad Authorization header. Expected 'Authorization: <JWT>'",
    ])
  })

  it('a type of two words matches nothing, as in the peer', async () => {
    const jwt = managed({ JWT_HEADER_TYPE: 'My Bearer' })
    expect(await ask(jwt, { headers: { authorization: `My Bearer ${good}` } })).toEqual([
      401,
      expect.any(String),
    ])
  })

  it('H-03: 5,000 arbitrary values never give a 5xx, and never let anybody pass', async () => {
    const jwt = managed()
    const pieces = fc.constantFrom(
      'Bearer',
      'bearer',
      ' ',
      ',',
      '\t',
      '.',
      'a',
      'eyJ',
      '%00',
      '\u00ff',
      '=',
      'e30',
    )
    const value = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    )
    await fc.assert(
      fc.asyncProperty(value, async (authorization) => {
        const [status] = (await ask(jwt, { headers: { authorization } })) as [number]
        expect([401, 422]).toContain(status)
      }),
      { numRuns: 5000 },
    )
  })

  it('a value of 100,000 commas or blanks costs no more than reading it', async () => {
    for (const one of [',', ' ', ', ', 'Bearer ,', '\u00a0,'])
      expect(await answer(`x${one.repeat(100_000)}x`)).toEqual([expect.any(Number), expect.any(String)])
  })
})

describe('in the query string', () => {
  const places = { JWT_TOKEN_LOCATION: 'query_string' } as const

  it('a parameter by its configured name, the same for both kinds of token', async () => {
    const jwt = managed({ ...places, JWT_QUERY_STRING_NAME: 'token' })
    const refresh = forged({ sub: '42', type: 'refresh' })
    expect(await ask(jwt, { query: { token: good } })).toBe('42')
    expect(await ask(jwt, { query: { token: refresh }, refresh: true })).toBe('42')
    expect(await ask(jwt, { query: { jwt: good } })).toEqual([401, "Missing 'token' query paramater"])
    expect(await ask(jwt, { query: { token: '' } })).toEqual([401, "Missing 'token' query paramater"])
  })

  it('a prefix in exact case, and then a token', async () => {
    const jwt = managed({ ...places, JWT_QUERY_STRING_VALUE_PREFIX: 'Bearer ' })
    const text = "Invalid value for query parameter 'jwt'. Expected the value to start with 'Bearer '"
    expect(await ask(jwt, { query: { jwt: `Bearer ${good}` } })).toBe('42')
    expect(await ask(jwt, { query: { jwt: `bearer ${good}` } })).toEqual([422, text])
    expect(await ask(jwt, { query: { jwt: 'Bearer' } })).toEqual([422, text])
    expect(await ask(jwt, { query: { jwt: 'Bearer ' } })).toEqual([422, 'Not enough segments'])
  })

  it('the first of two values counts', async () => {
    const view = { method: 'GET', header: () => null, query: () => [good, 'junk'] }
    expect(await createGuard(managed(places))(view)).toMatchObject({ identity: '42', location: 'query' })
  })
})

describe('in a body', () => {
  const jwt = managed({ JWT_TOKEN_LOCATION: 'json' })
  const post = (body: string, type = 'application/json'): Promise<unknown> =>
    ask(jwt, { method: 'POST', headers: { 'content-type': type }, body })

  it.each([
    [`{"access_token":"${good}"}`, '42'],
    [`\ufeff{"access_token":"${good}"}`, '42'],
    [`{"x":NaN,"y":"-Infinity","access_token":"${good}"}`, '42'],
    ['{"access_token":"a.\\ud800.c"}', [422, expect.any(String)]],
    ['{"access_token":true}', [422, expect.stringMatching(/^Invalid token type\. /)]],
    ['{"access_token":NaN}', [422, expect.stringMatching(/^Invalid token type\. /)]],
    ['{"access_token":-Infinity}', [422, expect.stringMatching(/^Invalid token type\. /)]],
    ['{"access_token":{"a":1}}', [422, expect.stringMatching(/^Invalid token type\. /)]],
    ['{"access_token":[]}', [401, 'Missing "access_token" key in json data.']],
    ['{"access_token":{}}', [401, 'Missing "access_token" key in json data.']],
    ['{"access_token":0}', [401, 'Missing "access_token" key in json data.']],
    ['', [401, 'Missing "access_token" key in json data.']],
    ['null', [401, 'Missing "access_token" key in json data.']],
    ['[]', [401, 'Missing "access_token" key in json data.']],
    ['false', [401, 'Missing "access_token" key in json data.']],
    ['""', [401, 'Missing "access_token" key in json data.']],
    ['[1]', [401, 'Invalid json data. It must be an object.']],
    ['"text"', [401, 'Invalid json data. It must be an object.']],
    ['5', [401, 'Invalid json data. It must be an object.']],
    ['true', [401, 'Invalid json data. It must be an object.']],
    [`{"access_token":"junk","access_token":"${good}"}`, '42'],
    [`{"data":{"access_token":"${good}"}}`, [401, 'Missing "access_token" key in json data.']],
    ['{"toString":1}', [401, 'Missing "access_token" key in json data.']],
    [`{"a":NaN,${'"\\"'.repeat(200_000)}`, [401, 'Missing "access_token" key in json data.']],
    [`{"a":"NaN","b":[NaN,-Infinity,Infinity],"access_token":"${good}"}`, '42'],
    ['['.repeat(100_000), [401, 'Missing "access_token" key in json data.']],
  ])('a body is read as the peer reads it: case %#', async (body, expected) => {
    expect(await post(body)).toEqual(expected)
  })

  it('a body that is no object lets nobody pass, not on an optional route either', async () => {
    const headers = { 'content-type': 'application/json' }
    expect(await ask(jwt, { method: 'POST', headers, body: '[1]', optional: true })).toEqual([
      401,
      expect.any(String),
    ])
    expect(await ask(jwt, { method: 'POST', headers, body: '[]', optional: true })).toBeNull()
  })

  it('a body that is not UTF-8 is no JSON', async () => {
    const body = Buffer.from(`{"x":"\u00e9","access_token":"${good}"}`, 'latin1')
    expect(await ask(jwt, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).toEqual(
      [401, 'Missing "access_token" key in json data.'],
    )
  })

  it('each kind of token has a key of its own, which may hold a dot and means no path', async () => {
    const named = managed({ JWT_TOKEN_LOCATION: 'json', JWT_JSON_KEY: 'a.b', JWT_REFRESH_JSON_KEY: 'r' })
    const headers = { 'content-type': 'application/json' }
    const refresh = forged({ sub: '42', type: 'refresh' })
    expect(await ask(named, { headers, body: JSON.stringify({ 'a.b': good }) })).toBe('42')
    expect(await ask(named, { headers, body: JSON.stringify({ r: refresh }), refresh: true })).toBe('42')
    expect(await ask(named, { headers, body: JSON.stringify({ a: { b: good } }) })).toEqual([
      401,
      'Missing "a.b" key in json data.',
    ])
  })

  it.each([
    ['application/json;charset=latin-1', true],
    ['APPLICATION/JSON', true],
    ['application/vnd.api+json', true],
    ['application/+json', true],
    ['application/json ; x=y', true],
    ['application/jsonx', false],
    ['image/x+json', false],
    ['application/json,text/plain', false],
    ['', false],
  ])('the type %j counts as JSON: %j', async (type, counts) => {
    expect(await post(JSON.stringify({ access_token: good }), type)).toEqual(
      counts ? '42' : [401, 'Invalid content-type. Must be application/json.'],
    )
  })

  it('JSON in any of its spellings', async () => {
    const body = JSON.stringify({ access_token: good })
    expect(await post(body, 'Application/Problem+JSON; charset=utf-8')).toBe('42')
    expect(await post(body, 'text/json')).toEqual([401, 'Invalid content-type. Must be application/json.'])
  })
})

describe('in a cookie', () => {
  const config = { JWT_TOKEN_LOCATION: 'cookies' } as const
  const cookie = `access_token_cookie=${good}`

  it('methods are compared as they are spelt', async () => {
    const jwt = managed({ ...config, JWT_CSRF_METHODS: ['post', 'GET'] })
    expect(await ask(jwt, { method: 'POST', headers: { cookie } })).toBe('42')
    expect(await ask(jwt, { method: 'GET', headers: { cookie } })).toEqual([401, 'Missing CSRF token'])
  })

  it('each kind of token has a header and a field of its own for the CSRF value', async () => {
    const jwt = managed({
      ...config,
      JWT_CSRF_CHECK_FORM: true,
      JWT_ACCESS_CSRF_HEADER_NAME: 'X-A',
      JWT_REFRESH_CSRF_HEADER_NAME: 'X-R',
      JWT_ACCESS_CSRF_FIELD_NAME: 'a',
      JWT_REFRESH_CSRF_FIELD_NAME: 'r',
    })
    const refresh = forged({ sub: '42', csrf: 'csrf-1', type: 'refresh' })
    const both = `${cookie}; refresh_token_cookie=${refresh}`
    const post = (name: 'a' | 'r', options: object): Promise<unknown> =>
      ask(jwt, { method: 'POST', headers: { cookie: both, [`x-${name}`]: 'csrf-1' }, ...options })
    const send = (name: 'a' | 'r', options: object): Promise<unknown> => {
      const headers = { cookie: both, 'content-type': 'application/x-www-form-urlencoded' }
      return ask(jwt, { method: 'POST', headers, body: `${name}=csrf-1`, ...options })
    }
    for (const by of [post, send]) {
      expect([await by('a', {}), await by('r', { refresh: true })]).toEqual(['42', '42'])
      expect(await by('r', {})).toEqual([401, 'Missing CSRF token'])
      expect(await by('a', { refresh: true })).toEqual([401, 'Missing CSRF token'])
    }
  })

  it('a missing CSRF value is no missing token, not even on an optional route', async () => {
    const jwt = managed(config)
    expect(await ask(jwt, { method: 'POST', headers: { cookie }, optional: true })).toEqual([
      401,
      'Missing CSRF token',
    ])
  })

  it('the form is looked at where that is on, url-encoded or in parts, first value first', async () => {
    const jwt = managed({ ...config, JWT_CSRF_CHECK_FORM: true })
    const post = (body: string, type: string): Promise<unknown> =>
      ask(jwt, { method: 'POST', headers: { cookie, 'content-type': type }, body })
    const part = (value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${value}\r\n`
    expect(await post('csrf_token=csrf-1&csrf_token=x', 'application/x-www-form-urlencoded')).toBe('42')
    expect(await post(`${part('csrf-1')}${part('x')}--b--\r\n`, 'multipart/form-data; boundary=b')).toBe('42')
    expect(await post('not parts at all', 'multipart/form-data; boundary=b')).toEqual([
      401,
      'Missing CSRF token',
    ])
    expect(await post('csrf_token=csrf-1', 'text/plain')).toEqual([401, 'Missing CSRF token'])
    expect(await post('?csrf_token=csrf-1', 'application/x-www-form-urlencoded')).toEqual([
      401,
      'Missing CSRF token',
    ])
    expect(await post('a=%ff&csrf_token=csrf%2D1', 'application/x-www-form-urlencoded; charset=x')).toBe('42')
  })

  it('quotes and escapes are taken off', async () => {
    const escaped = `access_token_cookie="${good.replace('.', '\\056')}"`
    expect(await ask(managed(config), { headers: { cookie: escaped } })).toBe('42')
  })

  it('2,000 arbitrary headers never give a 5xx', async () => {
    const jwt = managed(config)
    const text = fc.stringMatching(/^(access_token_cookie|[=;"\\ a0]){0,10}$/)
    await fc.assert(
      fc.asyncProperty(text, async (header) => {
        const [status] = (await ask(jwt, { headers: { cookie: header } })) as [number]
        expect([401, 422]).toContain(status)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('everywhere', () => {
  it('OPTIONS is never asked, whatever it carries', async () => {
    expect(await ask(managed(), { method: 'OPTIONS', headers: bearer('junk'), fresh: true })).toBeNull()
  })

  it('optional routes take only the absence of a token for nobody', async () => {
    const jwt = managed()
    expect(await ask(jwt, { optional: true })).toBeNull()
    expect(await ask(jwt, { optional: true, headers: { authorization: 'Basic x' } })).toBeNull()
    expect(await ask(jwt, { optional: true, headers: bearer('junk') })).toEqual([422, 'Not enough segments'])
  })

  it("optional: 'lenient' takes an expired token for nobody", async () => {
    const headers = bearer(forged({ sub: '42', exp: 1000 }))
    expect(await ask(managed(), { optional: 'lenient', headers })).toBeNull()
    expect(await ask(managed(), { optional: true, headers })).toEqual([401, 'Token has expired'])
  })

  it('a place that does not exist is refused when the guard is made', () => {
    expect(() => createGuard(managed(), { locations: ['headers', 'banana' as 'json'] })).toThrow(
      /"banana" is unknown/,
    )
  })
})
