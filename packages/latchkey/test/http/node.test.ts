import { createServer, type RequestListener, type Server } from 'node:http'
import { connect as connect2, createServer as createServer2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import * as onNode from '../../src/adapters/node.ts'
import { queryValues, viewOfNode } from '../../src/http/node.ts'
import { readBody } from '../../src/http/read-body.ts'
import { ask, raw, statusOf } from '../adapters/client.ts'
import { testAuth } from '../adapters/world.ts'
import { codeOf } from '../auth/code-of.ts'
import { fakeAuth } from './fake.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  open.push({ close: () => server.close(() => {}) && server.closeAllConnections() })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a view of Node’s request', () => {
  test('shows every Authorization line, where Node itself keeps the first', async () => {
    let seen: unknown
    const url = await serve((req, res) => {
      seen = viewOfNode(req).header('authorization')
      res.end()
    })
    await raw(
      url,
      'GET / HTTP/1.1\r\nhost: a\r\nAuthorization: one\r\nauthorization: two\r\nconnection: close\r\n\r\n',
    )
    expect(seen).toBe('one, two')
  })

  test('H-08 says in a copy what it says itself, so that no check is left out', async () => {
    let seen: unknown
    const url = await serve(async (req, res) => {
      const view = { ...viewOfNode(req, req as { body?: unknown }, { parsed: () => 'parsed' }) }
      const bytes = (await view.body?.()) as Uint8Array
      seen = [view.method, view.header('x-one'), view.query?.('q'), Buffer.from(bytes).toString()]
      res.end()
    })
    await fetch(`${url}/?q=1`, { method: 'POST', headers: { 'x-one': 'a' }, body: 'text' })
    expect(seen).toEqual(['POST', 'a', ['1'], 'text'])
  })

  test('reads the query string without parsing URLs that have none of ours', () => {
    expect(queryValues('/a?x=1&access_token=b&access_token=c%20d', 'access_token')).toEqual(['b', 'c d'])
    expect(queryValues('/a?access%5Ftoken=b', 'access_token')).toEqual(['b'])
    for (const url of ['/a', '/a?', '/a?x=1', '/access_token=1', '/a?%', '/a?%ff=1', '']) {
      expect([url, queryValues(url, 'access_token')]).toEqual([url, []])
    }
  })
})

describe('reading a body', () => {
  test('gives its bytes, up to the limit', async () => {
    const stream = new PassThrough()
    stream.end('0123456789')
    expect(Buffer.from(await readBody(stream, 10)).toString()).toBe('0123456789')
    const longer = new PassThrough()
    longer.end('0123456789x')
    expect(await codeOf(() => readBody(longer, 10))).toBe('too_large')
  })

  test('refuses an announced length before the first byte', async () => {
    const stream = Object.assign(new PassThrough(), { headers: { 'content-length': '11' } })
    expect(await codeOf(() => readBody(stream, 10))).toBe('too_large')
    expect(stream.readableDidRead).toBe(false)
  })

  test('ends when the client goes away, before or while it is read', async () => {
    const stream = new PassThrough()
    stream.write('x')
    const reading = codeOf(() => readBody(stream, 10))
    stream.destroy(new Error('gone'))
    expect(await reading).toBe('invalid_request')
    expect(await codeOf(() => readBody(stream, 10))).toBe('invalid_request')
  })
})

describe('a server without a framework', () => {
  test('H-19 answers 500 without a word when a listener fails, and lives on', async () => {
    const warnings: unknown[] = []
    const listen = (warning: unknown): void => void warnings.push(warning)
    process.on('warning', listen)
    const failing = onNode.jwtRequired(fakeAuth(), async () => {
      throw new Error('secret-detail')
    })
    const url = await serve(failing)
    const answer = await ask(url, { token: 'good' })
    expect([answer.status, answer.text]).toEqual([500, 'Server error'])
    expect((await ask(url)).status).toBe(401)
    process.off('warning', listen)
    expect(warnings.map(String).join()).toContain('secret-detail')
  })

  test('cuts off an answer that had begun', async () => {
    const url = await serve(
      onNode.jwtRequired(fakeAuth(), (_req, res) => {
        res.write('half of it')
        throw new Error('then it failed')
      }),
    )
    await expect(ask(url, { token: 'good' })).rejects.toThrow()
  })

  test('keeps a connection whose body nobody asked for', async () => {
    const url = await serve(onNode.jwtRequired(fakeAuth(), (_req, res) => void res.end('in')))
    const post = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello'
    const get = 'GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer good\r\nconnection: close\r\n\r\n'
    const answers = await raw(url, post + get)
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['401', '200'])
  })

  test('closes after a body that is too large', async () => {
    const { auth } = testAuth()
    const url = await serve(onNode.endpoints(auth))
    const head =
      'POST /login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{'
    const answer = await raw(url, head)
    expect([statusOf(answer), /\r\nconnection: close\r\n/i.test(answer)]).toEqual([413, true])
    await auth.close()
  })

  test('H-14 counts header lines, not names', async () => {
    const { auth } = testAuth()
    const url = await serve(onNode.endpoints(auth))
    const lines = 'x-a: 1\r\n'.repeat(70)
    expect(
      statusOf(await raw(url, `GET /whoami HTTP/1.1\r\nhost: a\r\n${lines}connection: close\r\n\r\n`)),
    ).toBe(431)
    await auth.close()
  })

  test('does not mind clients that vanish at any moment', async () => {
    const { auth } = testAuth()
    const url = await serve(onNode.endpoints(auth))
    const { port, hostname } = new URL(url)
    const full =
      'POST /login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a":"b"}'
    for (let length = 10; length <= full.length; length += 7) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(full.slice(0, length), () => socket.resetAndDestroy())
        })
        socket.on('close', () => resolve())
      })
    }
    expect((await ask(`${url}/whoami`)).status).toBe(401)
    await auth.close()
  })
})

test('HTTP/2 is served like HTTP/1.1', async () => {
  const { auth } = testAuth()
  const server = createServer2(onNode.endpoints(auth) as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const stream = client.request({ ':method': 'POST', ':path': '/login', 'content-type': 'application/json' })
  stream.end('{"username":"ada","password":"x"}')
  const status = await new Promise((resolve) =>
    stream.on('response', (headers) => resolve(headers[':status'])),
  )
  expect(status).toBe(401)
  client.destroy()
  server.close()
  await auth.close()
})
