import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, listen } from './in-process.ts'

const HOST = 'host: 127.0.0.1\r\n'
/** What a proxy that reads the first request otherwise would take for somebody's second one. */
const SECOND = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`

describe('F-30: requests that a proxy and we might read in two ways', () => {
  let server: Listening
  beforeAll(async () => {
    server = await listen()
  })
  afterAll(() => server.close())

  /** Everything that comes back until the server closes the connection. */
  async function answersTo(request: string): Promise<string> {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
    })
    socket.write(request, 'latin1')
    await once(socket, 'close')
    return text
  }

  it('answers two requests on one connection where nothing is unclear', async () => {
    const text = await answersTo(SECOND + SECOND.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2)
  })

  it.each([
    ['a length and chunks', `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and a length', `transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`],
    ['two lengths', `content-length: 0\r\ncontent-length: ${SECOND.length}\r\n\r\n`],
    ['two lengths in one', `content-length: 0, ${SECOND.length}\r\n\r\n`],
    ['a length with a sign', `content-length: +0\r\n\r\n`],
    ['a size of a chunk that is none', `transfer-encoding: chunked\r\n\r\nzz\r\n\r\n`],
    ['a chunk longer than its size', `transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`],
    ['another coding after chunks', `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['an unknown coding', `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a blank before the colon', `content-length : 0\r\n\r\n`],
    ['a header that goes on in the next line', `content-length: 0\r\n ${SECOND.length}\r\n\r\n`],
    ['a carriage return alone', `x: y\rcontent-length: 0\r\n\r\n`],
    ['a zero byte', `x: y\0\r\n\r\n`],
  ])('answers %s once, with 400, and closes', async (_, headers) => {
    const text = await answersTo(`POST /login HTTP/1.1\r\n${HOST}${headers}${SECOND}`)
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('answers line feeds alone once, with 400, and closes', async () => {
    const text = await answersTo(
      `POST /login HTTP/1.1\n${HOST.replace('\r', '')}content-length: 0\n\n${SECOND}`,
    )
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
  })
})
