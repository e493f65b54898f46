import type { Child } from 'hono/jsx'
import { printable } from '../printable.ts'
import type { Html } from './html.ts'

/** A time of the store, to the second and in UTC: what a log beside it says. */
export function Time({ at }: { readonly at: number | string | null }): Html {
  if (at === null) return <span class="dim">never</span>
  const iso = new Date(at).toISOString()
  return <time datetime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 19)}`}</time>
}

/** What somebody typed or their browser says of itself. */
export function Said({ text }: { readonly text: string | null }): Html {
  return text === null || text === '' ? <span class="dim">–</span> : <span>{printable(text)}</span>
}

/** Rows under a header; says so where there are none. */
export function Table({
  head,
  rows,
  none,
}: {
  readonly head: readonly string[]
  readonly rows: readonly (readonly Child[])[]
  readonly none: string
}): Html {
  if (rows.length === 0) return <p class="dim">{none}</p>
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** One sentence of what came of something; a bad one is read out at once. */
export function Notice({
  text,
  isBad = false,
}: {
  readonly text: string | null
  readonly isBad?: boolean
}): Html | null {
  if (text === null) return null
  return (
    <p class={isBad ? 'notice bad' : 'notice'} role={isBad ? 'alert' : 'status'}>
      {text}
    </p>
  )
}

/** Names and their values. */
export function Facts({ of }: { readonly of: readonly (readonly [name: string, value: Child])[] }): Html {
  return (
    <dl>
      {of.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}

/** A change, as a button that sends a form. */
export function Change({
  to,
  danger = false,
  children,
}: {
  readonly to: string
  readonly danger?: boolean
  readonly children?: Child
}): Html {
  return (
    <form method="post" action={to}>
      <button type="submit" class={danger ? 'danger' : ''}>
        {children}
      </button>
    </form>
  )
}

/** What a device calls itself, and what it is called here. */
export function DeviceName({
  label,
  userAgent,
}: {
  readonly label: string | null
  readonly userAgent: string | null
}): Html {
  return label === null ? <Said text={userAgent} /> : <Said text={`${label}: ${userAgent ?? 'unknown'}`} />
}

/** Ids that came with an import may hold anything. */
export const userPath = (id: string): string => `/console/users/${encodeURIComponent(id)}`

export function UserLink({ id, name }: { readonly id: string | null; readonly name: string | null }): Html {
  if (id === null) return <span class="dim">nobody</span>
  return <a href={userPath(id)}>{name === null ? <code>{id}</code> : <Said text={name} />}</a>
}

export function SessionLink({ id }: { readonly id: string | null }): Html {
  if (id === null) return <span class="dim">–</span>
  return (
    <a href={`/console/sessions/${id}`}>
      <code>{id.slice(0, 8)}…</code>
    </a>
  )
}
