import { Hono } from 'hono'
import type { Auth } from 'latchkey'
import { createGuard, jsonResponse } from 'latchkey/http'

/** `/protected`: a route that only signed-in users reach, to try a token with. */
export function protectedRoutes(auth: Auth): Hono {
  const signedIn = createGuard(auth)
  const routes = new Hono()
  routes.get('/protected', async (c) => {
    const { user } = await signedIn({ method: c.req.method, header: (name) => c.req.header(name) })
    return jsonResponse({ msg: `Hello ${user.username}, your token is good.` })
  })
  return routes
}
