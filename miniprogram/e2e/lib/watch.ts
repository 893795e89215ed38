// Notes everything that went wrong in a page, apart from what was expected.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page, Request } from 'playwright-core'

export class Watch {
  private readonly faults: string[] = []
  private readonly expected = new Map<number, number>()
  private readonly underWay = new Set<Request>()
  private offline = false

  constructor(page: Page, base: string) {
    page.on('console', (message) => {
      if (!['error', 'warning', 'assert'].includes(message.type())) return
      const text = message.text()
      // Chromium prints a line for each failed answer and each lost connection; both are counted below.
      if (/^Failed to load resource: (the server responded|net::ERR_)/.test(text)) return
      this.faults.push(`console ${message.type()}: ${text} (${message.location().url})`)
    })
    page.on('pageerror', (error) => this.faults.push(`uncaught: ${error.stack ?? error.message}`))
    page.on('crash', () => this.faults.push('the page crashed'))
    page.on('response', (response) => {
      const status = response.status()
      if (status < 400) return
      const left = this.expected.get(status) ?? 0
      if (left > 0) this.expected.set(status, left - 1)
      else this.faults.push(`${status}: ${response.request().method()} ${response.url()}`)
    })
    page.on('requestfailed', (request) => {
      this.underWay.delete(request)
      const why = request.failure()?.errorText ?? ''
      // A page that is left takes back what it asked for.
      if (this.offline || why === 'net::ERR_ABORTED') return
      this.faults.push(`request failed: ${request.method()} ${request.url()} ${why}`)
    })
    page.on('requestfinished', (request) => this.underWay.delete(request))
    page.on('request', (request) => {
      this.underWay.add(request)
      const url = request.url()
      if (!url.startsWith(base) && !/^(data|blob):/.test(url)) this.faults.push(`foreign request: ${url}`)
    })
  }

  expect(status: number, times: number) {
    this.expected.set(status, (this.expected.get(status) ?? 0) + times)
  }

  allowOffline(offline: boolean) {
    this.offline = offline
  }

  /** quiet waits until nothing has been asked for a moment. */
  async quiet() {
    for (let calm = 0; calm < 3; calm = this.underWay.size === 0 ? calm + 1 : 0) await sleep(50)
  }

  /** check throws if anything went wrong that nobody expected, or if something expected did not come. */
  check() {
    for (const [status, left] of this.expected) {
      if (left > 0 && left !== Infinity) this.faults.push(`${left} more answer(s) with status ${status} were expected`)
    }
    if (this.faults.length > 0) throw new Error(`the phone saw faults:\n  ${this.faults.join('\n  ')}`)
  }
}
