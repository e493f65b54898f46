import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

/**
 * A client that costs as little as can be: kept connections, one request at a time on each, requests that are ready
 * bytes. It reads of an answer its first line and its length.
 *
 * @param lines header lines to take turns with
 */
export async function openLoad(port, lines, connections = 16) {
  const requests = lines.map((line) => Buffer.from(`GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n${line}\r\n\r\n`))
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  let next = 0
  return {
    /** Sends so many requests; resolves to what each took, in milliseconds, and all together. */
    async send(count) {
      const times = new Float64Array(count)
      let sent = 0
      const started = performance.now()
      await Promise.all(
        sockets.map(async (socket) => {
          while (sent < count) {
            const at = sent++
            const begin = performance.now()
            await exchange(socket, requests[next++ % requests.length])
            times[at] = performance.now() - begin
          }
        }),
      )
      return { times: [...times], took: performance.now() - started }
    },
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('error', reject)
  })
}

function exchange(socket, request) {
  return new Promise((resolve, reject) => {
    let text = ''
    const onClose = () => reject(new Error('The server closed a connection.'))
    const onData = (chunk) => {
      text += chunk
      const end = text.indexOf('\r\n\r\n')
      if (end < 0 || text.length < end + 4 + lengthOf(text)) return
      socket.off('data', onData).off('close', onClose)
      if (text.startsWith('HTTP/1.1 200 ')) resolve()
      else reject(new Error(`Expected 200, got: ${text.slice(0, 300)}`))
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(request)
  })
}

function lengthOf(text) {
  const header = /\r\ncontent-length: (\d+)/i.exec(text)
  if (header) return Number(header[1])
  // Chunked: the last chunk is empty, and whatever is short of it is not whole.
  return text.endsWith('0\r\n\r\n') ? 0 : Number.POSITIVE_INFINITY
}
