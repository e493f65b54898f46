import type { Html } from './html.ts'
import { Narrow } from './page.tsx'
import { Said } from './parts.tsx'

/** @param to the screen that was asked for */
export function SignIn({
  to,
  problem = null,
}: {
  readonly to: string
  readonly problem?: string | null
}): Html {
  return (
    <Narrow title="Latchkey console" problem={problem}>
      <form method="post" action="/console/sign-in">
        <input type="hidden" name="to" value={to} />
        <label>
          User name
          <input name="username" autocomplete="username" required autofocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
    </Narrow>
  )
}

/**
 * Asks for the password before a change, and sends the same change again.
 *
 * @param form what the change was sent with
 */
export function Confirm({
  action,
  form,
  username,
  consequence,
  problem = null,
}: {
  readonly action: string
  readonly form: Readonly<Record<string, string>>
  readonly username: string
  readonly consequence: string | null
  readonly problem?: string | null
}): Html {
  return (
    <Narrow title="Is it you?" problem={problem}>
      <p>{consequence ?? 'Changes need a sign-in of the last five minutes.'} Nothing was changed yet.</p>
      <form method="post" action={action}>
        {Object.entries(form).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <label>
          <span>
            Password of <Said text={username} />
          </span>
          <input name="confirm" type="password" autocomplete="current-password" required autofocus />
        </label>
        <button type="submit">Go on</button>
      </form>
      <p>
        <a href="/console">Leave it</a>
      </p>
    </Narrow>
  )
}
