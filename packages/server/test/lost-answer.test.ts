import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { bearer, listen, type Pair, signUp } from './in-process.ts'

/** Sends a refresh and goes away before the answer arrives; the server has committed by then, or will. */
async function refreshAndLeave(url: string, token: string, wait: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(
    `POST /refresh HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`,
  )
  await new Promise((resolve) => setTimeout(resolve, wait))
  socket.destroy()
}

it('RT-25: a client whose answer was lost gets the same successor, as often as it asks', async () => {
  const server = await listen()
  for (const [i, wait] of [0, 1, 5, 20].entries()) {
    const { refresh_token } = await signUp(server.url, `user${i}`)
    await refreshAndLeave(server.url, refresh_token, wait)
    const successors = new Set<string>()
    for (let retry = 0; retry < 3; retry++) {
      const response = await fetch(`${server.url}/refresh`, { method: 'POST', ...bearer(refresh_token) })
      expect(response.status).toBe(200)
      successors.add(((await response.json()) as Pair).refresh_token)
    }
    expect(successors.size).toBe(1)
  }
  await server.close()
})
