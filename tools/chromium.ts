import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The Chromium of this machine, or the one in LATCHKEY_TEST_CHROMIUM. Nothing is downloaded. */
export const CHROMIUM: string | undefined = [process.env['LATCHKEY_TEST_CHROMIUM'] ?? '', ...PLACES].find(
  (path) => path !== '' && existsSync(path),
)

/** A browser without a window. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('There is no Chromium.')
  return chromium.launch({ executablePath: CHROMIUM })
}
