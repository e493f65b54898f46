import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Html } from './html.ts'
import { Notice, Said } from './parts.tsx'

const SCREENS = [
  ['Home', '/console'],
  ['Users', '/console/users'],
  ['Events', '/console/events'],
  ['Keys', '/console/keys'],
  ['Token inspector', '/console/inspector'],
] as const

export type Screen = (typeof SCREENS)[number][0]

function Document({ title, children }: { readonly title: string; readonly children?: Child }): Html {
  return (
    <>
      {raw('<!doctype html>')}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${title} – Latchkey`}</title>
          <link rel="stylesheet" href="/console/styles.css" />
        </head>
        <body>{children}</body>
      </html>
    </>
  )
}

/** A screen for who is signed in. */
export function Page({
  title,
  screen = null,
  username,
  notice = null,
  children,
}: {
  readonly title: string
  readonly screen?: Screen | null
  readonly username: string
  readonly notice?: string | null
  readonly children?: Child
}): Html {
  return (
    <Document title={title}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <strong>Latchkey</strong>
        {SCREENS.map(([name, href]) => (
          <a href={href} aria-current={name === screen ? 'page' : undefined}>
            {name}
          </a>
        ))}
        <form method="post" action="/console/sign-out">
          <span class="dim">
            <Said text={username} />{' '}
          </span>
          <button type="submit">Sign out</button>
        </form>
      </header>
      <main id="main">
        <h1>{title}</h1>
        <Notice text={notice} />
        {children}
      </main>
    </Document>
  )
}

/** A page for one question, or one sentence. */
export function Narrow({
  title,
  problem = null,
  children,
}: {
  readonly title: string
  readonly problem?: string | null
  readonly children?: Child
}): Html {
  return (
    <Document title={title}>
      <main class="narrow">
        <h1>{title}</h1>
        <Notice text={problem} isBad />
        {children}
      </main>
    </Document>
  )
}
