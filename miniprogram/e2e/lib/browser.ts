// One Chromium for all phones of a test file. It is closed soon after the last
// phone, because a browser that runs would keep the test file from ending.
import { chromium, type Browser } from 'playwright-core'

const idleTime = 500
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let running: Promise<Browser> | undefined
let users = 0
let closing: NodeJS.Timeout | undefined

/** useBrowser answers the browser; whoever got it gives it back by releaseBrowser. */
export function useBrowser() {
  clearTimeout(closing)
  users += 1
  running ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  })
  return running
}

export function releaseBrowser() {
  users -= 1
  if (users > 0) return
  closing = setTimeout(() => {
    const browser = running
    running = undefined
    void browser?.then((browser) => browser.close())
  }, idleTime)
}
