import type { Auth } from '../auth/auth.ts'
import { requireOwnPage } from './csrf.ts'
import type { Routes } from './endpoints.ts'
import { readFields } from './fields.ts'
import { createGuard } from './guard.ts'
import { jsonResponse } from './response.ts'
import { previousSession, tokenAnswer } from './token-answer.ts'
import { viewOf } from './view.ts'
import type { AccountBody } from './wire.ts'

/** What an application with accounts of ours serves beside its sessions. */
export function accountRoutes(auth: Auth): Routes {
  const signedIn = createGuard(auth, { direct: true })
  const guest = previousSession(auth)
  return {
    async 'POST /register'({ request, device }) {
      requireOwnPage(viewOf(request), auth.transport)
      const { id, username } = await auth.register(
        await readFields(request, ['username', 'password']),
        device,
      )
      return jsonResponse({ id, username } satisfies AccountBody, 201)
    },
    async 'POST /login'({ request, device }) {
      const view = viewOf(request)
      requireOwnPage(view, auth.transport)
      const credentials = await readFields(request, ['username', 'password'])
      const pair = await auth.login(credentials, { ...device, replaces: await guest(view) })
      return tokenAnswer(auth, pair, view, null)
    },
    async 'POST /password'({ request, device }) {
      const view = viewOf(request)
      const { identity, location } = await signedIn(view)
      const body = await readFields(request, ['current_password', 'new_password'])
      const change = { currentPassword: body.current_password, newPassword: body.new_password }
      return tokenAnswer(auth, await auth.changePassword(identity, change, device), view, location)
    },
  }
}
