import type { HtmlEscapedString } from 'hono/utils/html'

/** What a component makes. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
