// A phone in somebody's hands: the mini-program in a browser, driven by what
// one sees on the screen.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { releaseBrowser, useBrowser } from './browser'
import { Watch } from './watch'

export interface PhoneOptions {
  /** Page to open, with its query: pages/book/book?advisor=1. */
  path?: string
  /** WeChat's font size; 17 is usual. */
  font?: number
  viewport?: { width: number; height: number }
  /** Whether the person has turned on 长辈版. */
  elder?: boolean
  /** What the mini-program finds in its storage. */
  storage?: Record<string, unknown>
  dark?: boolean
  location?: { latitude: number; longitude: number }
  /** Whether there is no connection; the program itself is on the phone already. */
  offline?: boolean
}

const usualViewport = { width: 375, height: 667 }
const patience = 10_000
const failed = fileURLToPath(new URL('../../../bin/failed', import.meta.url))

/** openPhone hands a phone with the mini-program to the person with this login code. */
export async function openPhone(server: { base: string }, code: string, options: PhoneOptions = {}) {
  const browser = await useBrowser()
  const context = await browser.newContext({
    viewport: options.viewport ?? usualViewport,
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    colorScheme: options.dark ? 'dark' : 'light',
    geolocation: options.location,
    permissions: options.location ? ['geolocation', 'clipboard-write'] : ['clipboard-write'],
  })
  context.setDefaultTimeout(patience)
  const stored = { ...options.storage, ...(options.elder === undefined ? {} : { elder: options.elder }) }
  const items = Object.entries(stored).map(([key, v]) => [`mp:${code}:${key}`, JSON.stringify({ v })] as const)
  await context.addInitScript((items) => {
    // Once alone: what the program writes later stays through a reload.
    if (sessionStorage.getItem('stored')) return
    sessionStorage.setItem('stored', 'yes')
    for (const [key, value] of items) localStorage.setItem(key, value)
  }, items)
  const phone = new Phone(await context.newPage(), context, server.base)
  const query = new URLSearchParams({ as: code, font: String(options.font ?? 17) })
  try {
    if (options.offline) await phone.unplug()
    await phone.page.goto(`${server.base}/app/phone.html?${query}#/${options.path ?? ''}`)
    if (options.offline) await phone.offline(true)
    await phone.top.waitFor()
  } catch (err) {
    // What the phone saw says more than that nothing came.
    await phone.close()
    throw err
  }
  return phone
}

export class Phone {
  /** The page on top, with its bar. */
  readonly top: Locator
  /** How often something was tapped. */
  taps = 0
  private readonly watch: Watch

  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    base: string,
  ) {
    this.watch = new Watch(page, base)
    this.top = page.locator('.mp-shell:not([hidden])')
  }

  /** at answers the route of the page on top. */
  async at() {
    return (await this.top.getAttribute('data-page')) ?? ''
  }

  /** arrives waits until a page is on top. */
  async arrives(route: string) {
    await this.page.locator(`.mp-shell:not([hidden])[data-page="${route}"]`).waitFor()
  }

  /** tap taps what bears this text, or what a screen reader calls by this name. */
  async tap(what: string | RegExp | { name: string | RegExp }) {
    this.taps += 1
    await this.trying(`tap ${nameOf(what)}`, () => this.one(what).tap())
  }

  /** type fills the field with this label or this hint. */
  async type(label: string | RegExp, text: string) {
    const field = this.page.getByLabel(label).or(this.page.getByPlaceholder(label))
    const box = field.filter({ visible: true }).locator('input, textarea').or(field.filter({ visible: true })).last()
    await this.trying(`type into ${label}`, () => box.fill(text))
  }

  /** value answers what stands in the field with this label. */
  value(label: string) {
    return this.top.getByLabel(label).filter({ visible: true }).locator('input, textarea').last().inputValue()
  }

  /** see waits until a text is on the screen. */
  async see(text: string | RegExp) {
    await this.trying(`see ${text}`, () => this.screen.getByText(text).filter({ visible: true }).first().waitFor())
  }

  /** gone waits until a text is not on the screen any more. */
  async gone(text: string | RegExp) {
    await this.trying(`see ${text} go`, () => this.screen.getByText(text).filter({ visible: true }).first().waitFor({ state: 'detached' }))
  }

  /** back leaves the page by the bar's own button. */
  async back() {
    await this.trying('go back', () => this.top.getByRole('button', { name: '返回', exact: true }).first().tap())
  }

  /** pull drags the page down, as one does to see it afresh. */
  async pull() {
    const box = await this.top.locator('.mp-scroll').boundingBox()
    if (!box) throw new Error('there is nothing to pull')
    const [x, y] = [box.x + box.width / 2, box.y + 40]
    const finger = await this.context.newCDPSession(this.page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', by = 0) =>
      finger.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: y + by }] })
    await touch('touchStart')
    for (const by of [20, 50, 80, 110]) await touch('touchMove', by)
    await touch('touchEnd')
    await finger.detach()
    await this.settled()
  }

  /** settled waits until what was asked of the server has come and been drawn. */
  async settled() {
    await this.watch.quiet()
    await this.page.evaluate(async () => {
      await document.fonts.ready
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    })
  }

  /** whole writes a picture of the page in its full length. */
  async whole(file: string) {
    const screen = this.page.viewportSize() ?? usualViewport
    const rest = await this.top.locator('.mp-scroll').evaluate((box) => box.scrollHeight - box.clientHeight)
    await this.page.setViewportSize({ ...screen, height: screen.height + rest })
    await this.shot(file)
    await this.page.setViewportSize(screen)
  }

  /** shot writes a picture of the screen, once everything that moves has come to rest. */
  async shot(file: string) {
    await mkdir(dirname(file), { recursive: true })
    await this.page.evaluate(() => document.fonts.ready)
    await this.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
  }

  /** expects says that the server will refuse, and how often; Infinity is any number of times. */
  expects(status: number, times = 1) {
    this.watch.expect(status, times)
  }

  /** losing says that answers get lost on the way for a while. */
  losing(on: boolean) {
    this.watch.allowOffline(on)
  }

  /** offline takes the connection away or gives it back. */
  async offline(on: boolean) {
    if (on) this.watch.allowOffline(true)
    await this.context.setOffline(on)
    if (!on) {
      await this.context.unrouteAll()
      this.watch.allowOffline(false)
    }
  }

  /** unplug lets the program load, and nothing else. */
  async unplug() {
    this.watch.allowOffline(true)
    await this.context.route('**/api/**', (route) => route.abort('internetdisconnected'))
  }

  /** scans says what the next scanned code reads. */
  async scans(text: string) {
    await this.page.evaluate((text) => {
      ;(window as unknown as { stage: { scan: string } }).stage.scan = text
    }, text)
  }

  /** denies makes the person refuse a permission, such as getLocation. */
  async denies(name: string) {
    await this.page.evaluate((name) => {
      ;(window as unknown as { stage: { deny: Set<string> } }).stage.deny.add(name)
    }, name)
  }

  /** calls answers the telephone numbers that were called. */
  calls() {
    return this.page.evaluate(() => (window as unknown as { stage: { calls: string[] } }).stage.calls)
  }

  /** close puts the phone away, and throws if anything went wrong on it. */
  async close() {
    // What was thrown last is reported a moment later.
    await this.page.evaluate(() => new Promise((resolve) => setTimeout(resolve))).catch(() => undefined)
    await this.context.close()
    releaseBrowser()
    this.watch.check()
  }

  /** trying does something on the screen; where it fails, a picture of the screen is left in bin/failed. */
  private async trying(what: string, doing: () => Promise<unknown>) {
    try {
      await doing()
    } catch (err) {
      const picture = join(failed, `${Date.now()}.png`)
      await this.shot(picture)
      throw new Error(`could not ${what} on ${await this.at()} (${picture})`, { cause: err })
    }
  }

  /** The page on top and what lies over it; pages below are hidden and out of reach. */
  private get screen() {
    return this.page.locator('body')
  }

  private one(what: string | RegExp | { name: string | RegExp }) {
    const { screen } = this
    if (typeof what === 'object' && 'name' in what) {
      const { name } = what
      const exact = typeof name === 'string'
      const roles = (['button', 'link', 'radio', 'checkbox', 'switch', 'tab', 'option'] as const).map((role) =>
        screen.getByRole(role, { name, exact }),
      )
      const named = roles.reduce((any, one) => any.or(one), screen.getByLabel(name, { exact }))
      return named.filter({ visible: true }).last()
    }
    // What lies over a page comes last in the document.
    return screen.getByText(what, { exact: typeof what === 'string' }).filter({ visible: true }).last()
  }
}

function nameOf(what: string | RegExp | { name: string | RegExp }) {
  return typeof what === 'object' && 'name' in what ? `what is called ${what.name}` : String(what)
}
