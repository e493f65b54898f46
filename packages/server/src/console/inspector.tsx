import { Hono } from 'hono'
import { type Check, explain, pastedToken } from '../explain.ts'
import { printable } from '../printable.ts'
import type { ConsoleEnv } from './access.ts'
import type { ConsoleParts } from './console.tsx'
import type { Html } from './html.ts'
import { Page } from './page.tsx'
import { Notice, Table } from './parts.tsx'

/** What the server makes of a token. It is neither kept nor shown again. */
export function inspectorScreen({ auth, store, issuer }: ConsoleParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>()
  routes.get('/inspector', (c) => c.html(<Inspector username={c.var.admin.account.username} checks={null} />))
  routes.post('/inspector', async (c) => {
    const checks = await explain(pastedToken(c.var.form['token'] ?? ''), auth, store, issuer)
    return c.html(<Inspector username={c.var.admin.account.username} checks={checks} />)
  })
  return routes
}

const MARKS: Readonly<Record<string, Html>> = {
  true: <span class="good">✓</span>,
  false: <span class="bad">✗</span>,
  null: <span class="dim">·</span>,
}

function Inspector({
  username,
  checks,
}: {
  readonly username: string
  readonly checks: readonly Check[] | null
}): Html {
  return (
    <Page title="Token inspector" screen="Token inspector" username={username}>
      {checks === null ? null : <Verdict checks={checks} />}
      <form method="post" action="/console/inspector">
        <label>
          A token, access or refresh
          <textarea name="token" required spellcheck={false} autocomplete="off" />
        </label>
        <p>
          <button type="submit">Explain</button> <span class="dim">It is neither kept nor passed on.</span>
        </p>
      </form>
    </Page>
  )
}

function Verdict({ checks }: { readonly checks: readonly Check[] }): Html {
  const isGood = checks.every(({ holds }) => holds === true)
  return (
    <>
      <Notice
        text={isGood ? 'The server accepts this token.' : 'The server refuses this token.'}
        isBad={!isGood}
      />
      <Table
        head={['', 'Check', 'Why']}
        none="Nothing was checked."
        rows={checks.map(({ check, holds, why }) => [MARKS[`${holds}`], check, printable(why)])}
      />
    </>
  )
}
