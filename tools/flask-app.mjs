import { sendProblem, toProblem } from 'latchkey/http'
import { createFlaskJwt } from './flask-jwt.mjs'
import { routesOf } from './flask-routes.mjs'

/**
 * An application around `latchkey/flask`, for a `node:http` server: the views that the recorded scenarios talk to.
 *
 * @param {object} config a scenario's `server`
 * @returns {(req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => Promise<void>}
 * @throws {TypeError} for a configuration that cannot work
 */
export function createFlaskApp(config) {
  const revoked = new Set()
  const jwt = createFlaskJwt(config, revoked)
  const findRoute = routesOf(jwt, config, revoked)

  return async function flaskApp(req, res) {
    const answer = {}
    try {
      const url = new URL(req.url, 'http://localhost')
      const view = findRoute(req.method, url)
      Object.assign(answer, await view(req, url))
    } catch (error) {
      const problem = toProblem(error, jwt.transport) ?? faultOf(error)
      return sendProblem(res, problem)
    }
    const { status = 200, json, cookies = [] } = answer
    const headers = {
      'content-type': 'application/json',
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    }
    res.writeHead(status, headers)
    res.end(req.method === 'HEAD' ? undefined : JSON.stringify(json))
  }
}

/** What the caller asked of us that this configuration cannot do; anything else is a fault of ours. */
function faultOf(error) {
  const status = error instanceof TypeError ? 400 : 500
  return { status, headers: { 'content-type': 'application/json' }, body: { error: error.message } }
}
