// The stack of pages and WeChat's rules for moving about in it.
import type { AssociatedBackend, CodeSpace } from 'glass-easel-miniprogram-adapter'
import { parseAddress } from './address'
import type { Backend } from './backend'
import { Channel } from './channel'
import type { StageConfig, WindowConfig } from './config'
import { callMethod, type Instance } from './engine'
import { life } from './life'
import { Shell } from './shell'
import { coloured, onThemeChange } from './theme'
import { Refusal } from './wx/call'
import { ask } from './wx/dialogs'

interface Root {
  get(): unknown
  getComponent(): unknown
  attach(parent: never, placeholder: never): void
  release(): void
}

const deepest = 10

export class Pages {
  private readonly stack: Page[] = []
  private readonly tabs = new Map<string, Page>()

  constructor(
    readonly config: StageConfig,
    readonly backend: Backend,
    readonly engine: AssociatedBackend,
    readonly space: CodeSpace,
  ) {
    life.onShow(() => this.top.wake())
    life.onHide(() => this.top.rest())
    onThemeChange(() => {
      for (const page of new Set([...this.stack, ...this.tabs.values()])) page.recolour()
    })
  }

  get top() {
    const page = this.stack.at(-1)
    if (!page) throw new Error('there is no page yet')
    return page
  }

  get instances() {
    return this.stack.map((page) => page.instance)
  }

  isTab(path: string) {
    return this.config.app.tabBar?.list.some((tab) => tab.pagePath === path) ?? false
  }

  /** launch opens the first page. */
  launch(path: string, query: Record<string, string>) {
    this.push(path, query)
  }

  navigateTo(url: string, events: Record<string, (...args: unknown[]) => void>) {
    const { path, query } = this.locate(url)
    if (this.isTab(path)) throw new Refusal('can not navigateTo a tabbar page')
    if (this.stack.length >= deepest) throw new Refusal('webview count limit exceed')
    const [here, there] = Channel.pair()
    for (const [name, listener] of Object.entries(events)) here.on(name, listener)
    this.top.hide()
    this.push(path, query, there)
    return here
  }

  redirectTo(url: string) {
    const { path, query } = this.locate(url)
    if (this.isTab(path)) throw new Refusal('can not redirectTo a tabbar page')
    this.drop(1)
    this.push(path, query)
  }

  switchTab(url: string) {
    const { path, query } = this.locate(url)
    if (!this.isTab(path)) throw new Refusal('can not switch to no-tabBar page')
    if (Object.keys(query).length > 0) throw new Refusal('url can not have a query')
    const kept = this.tabs.get(path)
    if (kept && this.top === kept) return
    const below = this.stack[0]
    const staying = below && this.isTab(below.path) ? below : undefined
    if (staying && this.top === staying) staying.hide()
    this.drop(this.stack.length - (staying ? 1 : 0))
    this.stack.length = 0
    if (!kept) this.push(path, {})
    else {
      this.stack.push(kept)
      kept.show()
    }
  }

  reLaunch(url: string) {
    const { path, query } = this.locate(url)
    this.drop(this.stack.length)
    for (const tab of this.tabs.values()) tab.close()
    this.tabs.clear()
    this.push(path, query)
  }

  /** navigateBack leaves pages, unless the top one has asked to be asked. */
  async navigateBack(delta: number) {
    if (this.stack.length < 2) throw new Refusal('cannot navigate back at first page')
    const alert = this.top.alertBeforeUnload
    if (alert !== undefined && !(await ask({ content: alert })).confirm) return
    this.drop(Math.min(delta, this.stack.length - 1))
    this.top.show()
  }

  home() {
    this.reLaunch(`/${this.config.pages[0]}`)
  }

  /** remember writes the page on top into the address, so that a reload comes back to it. */
  remember() {
    const { path, query } = this.top
    const words = Object.entries(query).map(([name, value]) => `${name}=${value}`)
    history.replaceState(null, '', `#/${path}${words.length > 0 ? `?${words.join('&')}` : ''}`)
    for (const unit of this.config.units) if (unit.page) this.backend.useSheet(unit.path, unit.path === path)
  }

  private push(path: string, query: Record<string, string>, channel = Channel.pair()[1]) {
    const page = new Page(this, path, query, this.stack.length)
    this.stack.push(page)
    if (this.isTab(path)) this.tabs.set(path, page)
    page.open(channel)
  }

  private drop(count: number) {
    for (const page of this.stack.splice(this.stack.length - count).reverse()) {
      page.close()
      this.tabs.delete(page.path)
    }
  }

  private locate(url: string) {
    const { path, query } = parseAddress(url)
    const from = this.stack.at(-1)?.path ?? ''
    const absolute = path.startsWith('/') ? path.slice(1) : new URL(path, `http://x/${from}`).pathname.slice(1)
    if (!this.config.pages.includes(absolute)) throw new Refusal(`page "${absolute}" is not found`)
    return { path: absolute, query }
  }
}

export class Page {
  readonly shell: Shell
  readonly instance: Instance
  alertBeforeUnload: string | undefined
  private readonly root: Root
  private readonly bar: Root | undefined
  private readonly window: WindowConfig

  constructor(
    private readonly pages: Pages,
    readonly path: string,
    readonly query: Record<string, string>,
    depth: number,
  ) {
    const unit = pages.config.units.find((unit) => unit.path === path)
    if (!unit) throw new Refusal(`page "${path}" is not found`)
    this.window = { ...pages.config.app.window, ...unit.config }
    const isHome = path === pages.config.pages[0] || pages.isTab(path)
    this.shell = new Shell(
      path,
      this.window,
      {
        back: () => void pages.navigateBack(1),
        home: () => pages.home(),
        pull: () => callMethod(this.instance, 'onPullDownRefresh'),
        scroll: (scrollTop) => callMethod(this.instance, 'onPageScroll', { scrollTop }),
        bottom: () => callMethod(this.instance, 'onReachBottom'),
      },
      depth > 0 ? 'back' : isHome ? 'none' : 'home',
    )
    this.recolour()
    this.root = pages.engine.createRoot('page', pages.space, path)
    this.instance = this.root.get() as Instance
    if (pages.config.app.tabBar?.custom && pages.isTab(path)) {
      this.bar = pages.engine.createRoot('page', pages.space, 'custom-tab-bar/index')
    }
  }

  open(channel: Channel) {
    const { instance } = this
    Object.assign(instance, {
      route: this.path,
      options: this.query,
      getOpenerEventChannel: () => channel,
      getTabBar: () => this.bar?.get() ?? null,
    })
    document.body.append(this.shell.element)
    this.attach(this.root, this.shell.scroller)
    if (this.bar) this.attach(this.bar, this.shell.tabs)
    callMethod(instance, 'onLoad', this.query)
    this.show()
    callMethod(instance, 'onReady')
  }

  show() {
    this.shell.show(true)
    this.shell.setTitle(this.shell.titleText ?? '')
    this.pages.remember()
    this.wake()
  }

  hide() {
    this.rest()
    this.shell.show(false)
  }

  /** wake says that the page can be seen, rest that it cannot: pages come and go, and so does the whole program. */
  wake() {
    this.tell('show')
    callMethod(this.instance, 'onShow')
  }

  rest() {
    callMethod(this.instance, 'onHide')
    this.tell('hide')
  }

  close() {
    callMethod(this.instance, 'onUnload')
    this.root.release()
    this.bar?.release()
    this.shell.element.remove()
  }

  recolour() {
    this.shell.setColours(coloured(this.window, this.pages.config.theme))
  }

  setColours(settings: WindowConfig) {
    Object.assign(this.window, settings)
    this.recolour()
  }

  private attach(root: Root, parent: HTMLElement) {
    const placeholder = document.createElement('span')
    parent.append(placeholder)
    root.attach(parent as never, placeholder as never)
  }

  /** tell passes the page's coming and going on to the components in it. */
  private tell(lifetime: 'show' | 'hide') {
    for (const root of [this.root, this.bar]) {
      const component = root?.getComponent() as { triggerPageLifetime(name: string, args: []): void } | undefined
      component?.triggerPageLifetime(lifetime, [])
    }
  }
}
