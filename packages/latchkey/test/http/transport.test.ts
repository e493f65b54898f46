import { describe, expect, test } from 'vitest'
import { resolveTransport, type TransportOptions } from '../../src/auth/transport.ts'

describe('a transport', () => {
  test('has the strict defaults', () => {
    expect(resolveTransport()).toMatchObject({
      locations: ['headers'],
      header: { name: 'authorization', scheme: 'bearer' },
      csrf: 'origin',
      realm: 'latchkey',
      development: false,
      answer: null,
      dialect: {},
    })
  })

  test('K-08 does not start with what cannot work, and says what would', () => {
    const wrong: unknown[] = [
      { locations: [] },
      { locations: 'cookie' },
      { locations: ['headers', 'query_string'] },
      { header: { name: '' } },
      { header: { name: 'x y' } },
      { header: { scheme: 'Bearer ' } },
      { query: { name: '' } },
      { json: { access: '' } },
      { csrf: true },
      { csrf: 'double_submit' },
      { doubleSubmit: { header: 'x:y' } },
      { origins: ['*'] },
      { origins: ['https://app.example/'] },
      { origins: ['https://APP.example'] },
      { origins: ['app.example'] },
      { realm: 'a"b' },
      { realm: '' },
      { answer: 'x' },
      { cookies: { secure: false } },
    ]
    for (const options of wrong)
      expect(() => resolveTransport(options as TransportOptions)).toThrow(TypeError)
  })
})
