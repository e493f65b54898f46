import { Hono } from 'hono'
import { AuthError } from 'latchkey'
import type { ConsoleEnv } from './access.ts'
import type { ScreenParts } from './console.tsx'
import { Page } from './page.tsx'
import { Change, Table, Time } from './parts.tsx'

const STATES: Readonly<Record<string, string>> = {
  announced: 'announced: published, signs next',
  active: 'active: signs',
  retiring: 'retiring: verifies until its last token has run out',
  refresh_only: 'verifies refresh tokens only',
}

const NOTICES: Readonly<Record<string, string>> = {
  rotated: 'The next key signs from now on.',
  revoked: 'The key is revoked: nothing that it signed is accepted any more.',
}

/** Which key signs. */
export function keyScreens({ auth, store, note }: ScreenParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  routes.get('/keys', async (c) => {
    const { keys } = await store.keys.list()
    const notice = NOTICES[c.req.query('done') ?? ''] ?? null
    return c.html(
      <Page title="Keys" screen="Keys" username={c.var.admin.account.username} notice={notice}>
        <Table
          head={['Key', 'Algorithm', 'State', 'Since (UTC)', '']}
          none="There are no keys: they are made when the first token is signed."
          rows={keys.map(({ kid, algorithm, state, since }) => [
            <code>{kid}</code>,
            algorithm,
            STATES[state] ?? state,
            <Time at={since} />,
            <Change to={`/console/keys/${encodeURIComponent(kid)}/revoke`} danger>
              Revoke
            </Change>,
          ])}
        />
        <h2>Rotate ahead of time</h2>
        <p>The announced key signs from now on. Tokens of the one before it stay good until they run out.</p>
        <Change to="/console/keys/rotate">Rotate now</Change>
        <h2>Revoking a key</h2>
        <p>
          For a key that somebody else may have. Nothing that it signed is accepted any more, on any machine:
          whose refresh token it signed has to sign in again, you too if it was the active one.
        </p>
      </Page>,
    )
  })
  routes.post('/keys/rotate', async (c) => {
    await note(c, 'key_rotated')
    await auth.rotateKey()
    return c.redirect('/console/keys?done=rotated', 303)
  })
  routes.post('/keys/:kid/revoke', async (c) => {
    const kid = c.req.param('kid')
    const { keys } = await store.keys.list()
    if (!keys.some((key) => key.kid === kid)) throw new AuthError('not_found', 'There is no such key.')
    await note(c, 'key_revoked', { kid })
    await auth.revokeKey(kid)
    return c.redirect('/console/keys?done=revoked', 303)
  })
  return routes
}
