import { describe, expect, test } from 'vitest'
import { type CorsOptions, withCors } from '../../src/http/cors.ts'

const allowed = 'https://app.example'
const plain = async (): Promise<Response> => new Response('{}')

async function answer(
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  options: Partial<CorsOptions> = {},
): Promise<Response> {
  const handle = withCors(plain, { origins: [allowed, 'https://two.example:8443'], ...options })
  return handle(new Request('https://auth.example/whoami', { method, headers }))
}

const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
}

describe('H-11 CORS', () => {
  test('lets exactly the listed origins read, and says that the answer depends on it', async () => {
    const { headers } = await answer({ origin: allowed })
    expect(headers.get('access-control-allow-origin')).toBe(allowed)
    expect(headers.get('vary')).toBe('Origin')
    expect(headers.has('access-control-allow-credentials')).toBe(false)
    expect((await answer({})).headers.get('vary')).toBe('Origin')
  })

  test('gives no permission to anything that only looks like one', async () => {
    const tricks = [
      'null',
      'https://app.example.evil.example',
      'https://evil-app.example',
      'https://evilapp.example',
      'https://sub.app.example',
      'http://app.example',
      'https://app.example:8443',
      'https://app.example:443',
      'https://two.example',
      'https://APP.example',
      'https://app.example/',
      'https://app.example, https://evil.example',
      '*',
      'https://app.example%60.evil.example',
    ]
    for (const origin of tricks) {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await answer({ origin, ...preflight }, method, { credentials: true })
        const given = [...headers.keys()].filter((name) => name.startsWith('access-control-allow'))
        expect([origin, given]).toEqual([origin, []])
        expect(headers.get('vary')).toBe('Origin')
      }
    }
  })

  test('answers a preflight itself, for what the endpoints take', async () => {
    const response = await answer({ origin: allowed, ...preflight }, 'OPTIONS', {
      credentials: true,
      maxAge: '1h',
    })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': allowed,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type, x-csrf-token',
      'access-control-max-age': '3600',
    })
  })

  test('takes no pattern, no path and no star', () => {
    for (const origin of [
      '*',
      'null',
      'https://*.example',
      'app.example',
      'https://app.example/',
      'https://app.example/x',
      '',
    ])
      expect(() => withCors(plain, { origins: [origin] })).toThrow(TypeError)
  })
})
